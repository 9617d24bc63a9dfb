package main

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// aFile is how large the file is that goes up and down, fileMemory what that may cost.
const (
	aFile      = 500 << 20
	fileMemory = 20
)

// files measures the program's memory while a file of 500 MB goes up and down, and with an image of 48 million pixels.
func (b *bench) files() error {
	p := b.small
	if err := p.open(); err != nil {
		return err
	}
	defer p.stop()
	if _, err := p.medianOf("/", 200); err != nil { // as a program is that has worked
		return err
	}
	_, before, err := p.settledMemory()
	if err != nil {
		return err
	}
	random := rand.NewChaCha8([32]byte{1})
	up, upMost, at, err := p.sendFile("large.bin", aFile, io.LimitReader(random, aFile))
	if err != nil {
		return err
	}
	down, downMost, err := p.fetchFile(at)
	if err != nil {
		return err
	}
	fmt.Printf("\n| a file of %d MB | seconds | memory before, and at most | more | to reach |\n|---|---|---|---|---|\n", aFile>>20)
	fmt.Printf("| up | %.1f | %.1f and %.1f MB | %.1f MB | %d MB more |\n", up.Seconds(), mb(before), mb(upMost), mb(upMost-before), fileMemory)
	fmt.Printf("| down | %.1f | %.1f and %.1f MB | %.1f MB | %d MB more |\n", down.Seconds(), mb(before), mb(downMost), mb(downMost-before), fileMemory)
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewYCbCr(image.Rect(0, 0, 8064, 6048), image.YCbCrSubsampleRatio420), nil); err != nil {
		return err
	}
	took, most, _, err := p.sendFile("photo.jpg", int64(photo.Len()), &photo)
	if err != nil {
		return err
	}
	fmt.Printf("| an image of 48 million pixels up | %.1f | %.1f and %.1f MB | %.1f MB | |\n", took.Seconds(), mb(before), mb(most), mb(most-before))
	return nil
}

// watch looks at the program's memory until stop is closed, and says what it was at most.
func (p *place) watch(stop <-chan struct{}) <-chan int64 {
	done := make(chan int64, 1)
	go func() {
		var most int64
		for {
			if memory, err := p.memory("VmRSS:"); err == nil {
				most = max(most, memory)
			}
			select {
			case <-stop:
				done <- most
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return done
}

// sendFile sends a file as a browser does, and says how long it took, the program's memory at most and where the file is.
func (p *place) sendFile(name string, size int64, content io.Reader) (took time.Duration, most int64, at string, err error) {
	read, write := io.Pipe()
	form := multipart.NewWriter(write)
	go func() {
		part, err := form.CreateFormFile("file", name)
		if err == nil {
			_, err = io.CopyN(part, content, size)
		}
		if err == nil {
			err = form.Close()
		}
		write.CloseWithError(err)
	}()
	stop := make(chan struct{})
	watched := p.watch(stop)
	began := time.Now()
	response, err := p.client.Post(p.url()+"/api/files", form.FormDataContentType(), read)
	took = time.Since(began)
	close(stop)
	most = <-watched
	if err != nil {
		return took, most, "", err
	}
	response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		return took, most, "", fmt.Errorf("%s answers %s", name, response.Status)
	}
	return took, most, "/files/" + filepath.Base(response.Header.Get("Location")), nil
}

func (p *place) fetchFile(path string) (took time.Duration, most int64, err error) {
	stop := make(chan struct{})
	watched := p.watch(stop)
	began := time.Now()
	response, err := p.client.Get(p.url() + path)
	var n int64
	if err == nil {
		n, err = io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
	took = time.Since(began)
	close(stop)
	most = <-watched
	if err == nil && n != aFile {
		err = fmt.Errorf("%d bytes came back: %w", n, os.ErrInvalid)
	}
	return took, most, err
}
