package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"time"
)

// sitemap measures what it takes to give the whole map of the large site away: first part by part, as one robot asks, then every part at
// once, by as many robots as there are parts.
func (b *bench) sitemap() error {
	p := b.large
	if err := p.fill(); err != nil {
		return err
	}
	if err := p.start(); err != nil {
		return err
	}
	defer p.stop()
	began := time.Now()
	index, err := p.fetch("/sitemap.xml")
	if err != nil {
		return err
	}
	took := time.Since(began)
	var read struct {
		Parts []string `xml:"sitemap>loc"`
	}
	if err := xml.Unmarshal(index, &read); err != nil {
		return err
	}
	before, err := p.memory("VmRSS:")
	if err != nil {
		return err
	}
	fmt.Printf("\nThe map of a site of %d users and %d posts\n\n", p.users, p.posts)
	fmt.Println("| | seconds | addresses | bytes | memory before, and at most | to reach |")
	fmt.Println("|---|---|---|---|---|---|")
	fmt.Printf("| the index of %d parts | %.3f | %d | %d | | |\n", len(read.Parts), took.Seconds(), len(read.Parts), len(index))
	for _, robots := range []struct {
		say string
		n   int
	}{{"part by part", 1}, {"all parts at once", len(read.Parts)}} {
		began := time.Now()
		addresses, size, err := fetchParts(read.Parts, robots.n)
		if err != nil {
			return err
		}
		took := time.Since(began)
		most, err := p.memory("VmHWM:")
		if err != nil {
			return err
		}
		fmt.Printf("| %s | %.2f | %d | %d MB | %.0f and %.0f MB: %.0f MB more | 50 MB more |\n", robots.say, took.Seconds(), addresses, size>>20, mb(before), mb(most), mb(most-before))
	}
	return nil
}

// fetchParts reads the parts, so many at a time, and returns how many addresses they have, and bytes.
func fetchParts(parts []string, robots int) (addresses, size int64, err error) {
	type answer struct {
		addresses, size int64
		err             error
	}
	answers, places := make(chan answer, len(parts)), make(chan struct{}, robots)
	for _, part := range parts {
		go func() {
			places <- struct{}{}
			defer func() { <-places }()
			var a answer
			a.addresses, a.size, a.err = countAddresses(part)
			answers <- a
		}()
	}
	for range parts {
		a := <-answers
		addresses, size = addresses+a.addresses, size+a.size
		if a.err != nil {
			err = a.err
		}
	}
	return addresses, size, err
}

func (p *place) fetch(path string) ([]byte, error) {
	response, err := http.Get(p.url() + path)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", path, response.Status)
	}
	return io.ReadAll(response.Body)
}

// countAddresses reads a part as it comes, without compression, and keeps nothing of it.
func countAddresses(address string) (addresses, size int64, err error) {
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	defer client.CloseIdleConnections()
	response, err := client.Get(address)
	if err != nil {
		return 0, 0, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return 0, 0, fmt.Errorf("%s answers %s", address, response.Status)
	}
	counted := &addressCount{}
	size, err = io.Copy(counted, response.Body)
	return counted.n, size, err
}

// addressCount counts the addresses in what is written to it.
type addressCount struct {
	n    int64
	rest []byte // of a word that may go on
}

// Write takes a piece.
func (a *addressCount) Write(piece []byte) (int, error) {
	text := append(a.rest, piece...)
	word := []byte("<loc>")
	a.n += int64(bytes.Count(text, word))
	a.rest = bytes.Clone(text[max(0, len(text)-len(word)+1):])
	return len(piece), nil
}
