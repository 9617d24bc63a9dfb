package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

// corners is an image that is red above on the left, green above on the right, blue below on the left, and white below on the right.
func corners(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := [2][2]color.NRGBA{{{255, 0, 0, 255}, {0, 255, 0, 255}}, {{0, 0, 255, 255}, {255, 255, 255, 255}}}[2*y/h][2*x/w]
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

// read names the colours of the corners, from above on the left by rows.
func read(m image.Image) (s string) {
	b := m.Bounds()
	for _, at := range []image.Point{{b.Dx() / 4, b.Dy() / 4}, {b.Dx() * 3 / 4, b.Dy() / 4}, {b.Dx() / 4, b.Dy() * 3 / 4}, {b.Dx() * 3 / 4, b.Dy() * 3 / 4}} {
		r, g, bl, _ := m.At(b.Min.X+at.X, b.Min.Y+at.Y).RGBA()
		switch {
		case r > 0xc000 && g > 0xc000 && bl > 0xc000:
			s += "w"
		case r > 0xc000:
			s += "r"
		case g > 0xc000:
			s += "g"
		case bl > 0xc000:
			s += "b"
		default:
			s += "?"
		}
	}
	return s
}

// exif is metadata with an orientation and a place.
func exif(order binary.ByteOrder, orientation int) []byte {
	var b bytes.Buffer
	b.WriteString(map[bool]string{true: "II", false: "MM"}[order == binary.LittleEndian])
	binary.Write(&b, order, uint16(42))
	binary.Write(&b, order, uint32(8))
	binary.Write(&b, order, uint16(2))
	for _, entry := range [][2]uint16{{0x010f, 7}, {0x0112, uint16(orientation)}} {
		binary.Write(&b, order, struct {
			Tag, Kind uint16
			Count     uint32
			Value, _  uint16
		}{Tag: entry[0], Kind: 3, Count: 1, Value: entry[1]})
	}
	b.WriteString("\x00\x00\x00\x00SECRET PLACE")
	return b.Bytes()
}

func jpegWith(t *testing.T, m image.Image, meta []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	segment := append([]byte("Exif\x00\x00"), meta...)
	head := []byte{0xff, 0xd8, 0xff, 0xe1, byte((len(segment) + 2) >> 8), byte(len(segment) + 2)}
	return append(append(head, segment...), b.Bytes()[2:]...)
}

func pngWith(t *testing.T, m image.Image, meta []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(meta)))
	chunk = append(append(chunk, "eXIf"...), meta...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	return append(b.Bytes()[:33:33], append(chunk, b.Bytes()[33:]...)...)
}

func TestAnImageStandsUprightAndHasNothingBesideItsPixels(t *testing.T) {
	// What each orientation stores of an image whose corners are, upright, "rgbw" (CIPA DC-008).
	want := map[int]string{1: "rgbw", 2: "grwb", 3: "wbgr", 4: "bwrg", 5: "rbgw", 6: "brwg", 7: "wgbr", 8: "gwrb"}
	for orientation := 1; orientation <= 8; orientation++ {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			for kind, data := range map[string][]byte{
				jpegType:        jpegWith(t, corners(64, 32), exif(order, orientation)),
				jpegType + " 1": jpegWith(t, corners(65, 33), exif(order, orientation)),
				pngType:         pngWith(t, corners(64, 32), exif(order, orientation)),
			} {
				p, err := Open(bytes.NewReader(data), strings.TrimSuffix(kind, " 1"))
				if err != nil {
					t.Fatal(kind, orientation, err)
				}
				if got := read(p); got != want[orientation] {
					t.Errorf("%s, orientation %d: %s, not %s", kind, orientation, got, want[orientation])
				}
				if w, h := p.Size(); (w > h) != (orientation < 5) {
					t.Errorf("%s, orientation %d: %d × %d", kind, orientation, w, h)
				}
				var out, small bytes.Buffer
				if err := errors.Join(p.Encode(&out), p.Scaled(20).EncodeSmaller(&small)); err != nil {
					t.Fatal(err)
				}
				for _, made := range []*bytes.Buffer{&out, &small} {
					if bytes.Contains(made.Bytes(), []byte("SECRET")) || bytes.Contains(made.Bytes(), []byte("xif")) {
						t.Errorf("%s, orientation %d: the metadata is still there", kind, orientation)
					}
					again, _, err := image.Decode(made)
					if err != nil || read(again) != want[orientation] {
						t.Errorf("%s, orientation %d: %v, %s", kind, orientation, err, read(again))
					}
				}
			}
		}
	}
	for _, broken := range [][]byte{nil, []byte("II"), []byte("II*\x00\xff\xff\xff\xff"), []byte("II*\x00\x08\x00\x00\x00\xff\xff\x12\x01")} {
		if got := orientation(broken); got != upright {
			t.Errorf("%q is turned: %d", broken, got)
		}
	}
}

func TestASmallerImageIsTheMeanOfWhatItCovers(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 300, 7))
	for i := range m.Pix {
		m.Pix[i] = uint8(i % 300 * 255 / 299)
	}
	for name, m := range map[string]image.Image{"gray": m, "rgba": rgba(m), "16 bits": wide(m)} {
		made := scaled(m, m.Bounds(), 7, 3)
		for x := range 7 {
			want := (float64(x) + 0.5) / 7 * 255
			r, _, _, a := made.At(x, 1).RGBA()
			if got := float64(r >> 8); got < want-1.5 || got > want+1.5 || a != 0xffff {
				t.Errorf("%s: %v at %d, not %.1f", name, got, x, want)
			}
		}
	}
	// What cannot be seen does not colour what can.
	clear := image.NewNRGBA(image.Rect(0, 0, 2, 1))
	clear.SetNRGBA(0, 0, color.NRGBA{R: 255, A: 255})
	clear.SetNRGBA(1, 0, color.NRGBA{G: 255, A: 0})
	if got := color.NRGBAModel.Convert(scaled(clear, clear.Rect, 1, 1).At(0, 0)); got != (color.NRGBA{R: 255, A: 128}) {
		t.Error(got)
	}
	p := &Picture{Image: corners(90, 30), Type: pngType}
	if square := p.Square(20); read(square) != "rgbw" || square.Bounds().Dx() != 20 || square.Bounds().Dy() != 20 {
		t.Error(read(square), square.Bounds())
	}
}

func wide(m *image.Gray) image.Image {
	made := image.NewNRGBA64(m.Rect)
	for y := range m.Rect.Dy() {
		for x := range m.Rect.Dx() {
			made.Set(x, y, m.At(x, y))
		}
	}
	return made
}

func TestAGIFKeepsItsPicturesAlone(t *testing.T) {
	var b bytes.Buffer
	frame := func(i uint8) *image.Paletted {
		m := image.NewPaletted(image.Rect(0, 0, 20, 10), color.Palette{color.Black, color.White, color.RGBA{255, 0, 0, 255}})
		for n := range m.Pix {
			m.Pix[n] = i
		}
		return m
	}
	if err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{frame(0), frame(1), frame(2)}, Delay: []int{10, 20, 30}, LoopCount: 4}); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	table := 13
	if data[10]&0x80 != 0 {
		table += 3 << (data[10]&7 + 1)
	}
	comment := "\x21\xfe\x06SECRET\x00\x21\xff\x0bXMP DataXMP\x05PLACE\x00"
	data = append(append(data[:table:table], comment...), data[table:]...)
	p, err := Open(bytes.NewReader(append(data, "<script>behind</script>"...)), gifType)
	if err != nil || !p.Animated {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := p.Encode(&out); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"SECRET", "PLACE", "script"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%s is still there", secret)
		}
	}
	all, err := gif.DecodeAll(&out)
	if err != nil || len(all.Image) != 3 || all.LoopCount != 4 || all.Delay[2] != 30 {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestAnImageThatWouldFillTheMemoryIsRefused(t *testing.T) {
	// A PNG of 30,000 × 30,000 pixels in a few bytes.
	var b bytes.Buffer
	png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1)))
	data := b.Bytes()
	binary.BigEndian.PutUint32(data[16:], 30_000)
	binary.BigEndian.PutUint32(data[20:], 30_000)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	if _, err := Open(bytes.NewReader(data), pngType); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
	// A progressive JPEG is held in memory more than once.
	frame := []byte{8, 0x18, 0, 0x18, 0, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1}
	if n := samples(frame); n != 1.5 {
		t.Errorf("%v samples for a pixel", n)
	}
	for _, kind := range []string{jpegType, pngType, gifType, webpType} {
		for _, data := range []string{"", "x", "\xff\xd8\xff\xe1", "GIF89a", "\x89PNG\r\n\x1a\n", "RIFF\x10\x00\x00\x00WEBPVP8 "} {
			if _, err := Open(strings.NewReader(data), kind); !errors.Is(err, ErrBroken) {
				t.Errorf("%q as %s: %v", data, kind, err)
			}
		}
	}
}
