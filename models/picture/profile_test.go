package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math/rand/v2"
	"runtime"
	"testing"
)

// iccOf is a profile of a curve and, but for gray, of the XYZ of three primaries.
func iccOf(curve []byte, primaries ...[3]float64) []byte {
	head := make([]byte, 128)
	copy(head[16:], "GRAYXYZ ")
	copy(head[36:], "acsp")
	names, datas := []string{"kTRC"}, [][]byte{curve}
	if len(primaries) > 0 {
		copy(head[16:], "RGB ")
		names, datas = []string{"rTRC", "gTRC", "bTRC", "rXYZ", "gXYZ", "bXYZ"}, [][]byte{curve, curve, curve}
	}
	for _, xyz := range primaries {
		datas = append(datas, append([]byte("XYZ \x00\x00\x00\x00"), fixeds(xyz[:]...)...))
	}
	made := binary.BigEndian.AppendUint32(head, uint32(len(names)))
	var data []byte
	for i, name := range names {
		made = append(made, name...)
		made = binary.BigEndian.AppendUint32(made, uint32(132+12*len(names)+len(data)))
		made = binary.BigEndian.AppendUint32(made, uint32(len(datas[i])))
		data = append(data, datas[i]...)
	}
	return append(made, data...)
}

func fixeds(values ...float64) (data []byte) {
	for _, v := range values {
		data = binary.BigEndian.AppendUint32(data, uint32(int32(v*0x10000)))
	}
	return data
}

func gammaCurve(gamma float64) []byte {
	return binary.BigEndian.AppendUint16([]byte("curv\x00\x00\x00\x00\x00\x00\x00\x01"), uint16(gamma*0x100))
}

// The profiles that telephones and cameras write, with their primaries relative to D50.
var (
	sRGBCurve   = append([]byte("para\x00\x00\x00\x00\x00\x03\x00\x00"), fixeds(2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045)...)
	displayP3   = iccOf(sRGBCurve, [3]float64{0.51512, 0.24120, -0.00105}, [3]float64{0.29198, 0.69225, 0.04189}, [3]float64{0.15710, 0.06657, 0.78407})
	adobeRGB    = iccOf(gammaCurve(2.2), [3]float64{0.60974, 0.31111, 0.01947}, [3]float64{0.20528, 0.62567, 0.06087}, [3]float64{0.14919, 0.06322, 0.74457})
	sRGBProfile = iccOf(sRGBCurve, [3]float64{0.43607, 0.22249, 0.01392}, [3]float64{0.38515, 0.71687, 0.09708}, [3]float64{0.14307, 0.06061, 0.71410})
	lightItself = iccOf([]byte("curv\x00\x00\x00\x00\x00\x00\x00\x00"))
	table       = iccOf([]byte("curv\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00\xff\xff")) // dark up to the middle
)

func pngProfile(t *testing.T, m image.Image, icc []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return withChunk(b.Bytes(), "iCCP", append([]byte("A profile\x00\x00"), deflated(t, icc)...))
}

// withChunk puts a chunk behind the head of a PNG.
func withChunk(data []byte, name string, content []byte) []byte {
	chunk := append(binary.BigEndian.AppendUint32(nil, uint32(len(content))), name...)
	chunk = append(chunk, content...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	return append(data[:33:33], append(chunk, data[33:]...)...)
}

func deflated(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write(data)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// jpegProfile has the profile in two segments, as a long one stands.
func jpegProfile(t *testing.T, m image.Image, icc []byte) []byte {
	t.Helper()
	data := jpegWith(t, m, exif(binary.BigEndian, 6))
	var segments []byte
	for i, part := range [][]byte{icc[:100], icc[100:]} {
		part = append([]byte("ICC_PROFILE\x00"+string(rune(i+1))+"\x02"), part...)
		segments = append(append(segments, 0xff, 0xe2, byte((len(part)+2)>>8), byte(len(part)+2)), part...)
	}
	return append(append([]byte{0xff, 0xd8}, segments...), data[2:]...)
}

func TestColoursBecomeThoseOfSRGB(t *testing.T) {
	for name, try := range map[string]struct {
		icc      []byte
		from, to color.NRGBA
	}{ // as Little CMS has them
		"the red of sRGB in Display P3":      {displayP3, color.NRGBA{234, 51, 35, 255}, color.NRGBA{255, 0, 0, 255}},
		"a red in Display P3":                {displayP3, color.NRGBA{200, 100, 50, 255}, color.NRGBA{214, 92, 30, 255}},
		"more red than sRGB has":             {displayP3, color.NRGBA{255, 0, 0, 255}, color.NRGBA{255, 0, 0, 255}},
		"the green of sRGB in Adobe RGB":     {adobeRGB, color.NRGBA{144, 255, 60, 255}, color.NRGBA{0, 255, 0, 255}},
		"a gray in Adobe RGB":                {adobeRGB, color.NRGBA{128, 128, 128, 255}, color.NRGBA{128, 128, 128, 255}},
		"sRGB":                               {sRGBProfile, color.NRGBA{12, 130, 240, 255}, color.NRGBA{12, 130, 240, 255}},
		"a gray that is as much light":       {lightItself, color.NRGBA{55, 55, 55, 255}, color.NRGBA{128, 128, 128, 255}},
		"a gray with a table":                {table, color.NRGBA{192, 192, 192, 255}, color.NRGBA{188, 188, 188, 255}},
		"a profile that leads out of itself": {displayP3[:200], color.NRGBA{200, 100, 50, 255}, color.NRGBA{200, 100, 50, 255}},
	} {
		b := image.Rect(0, 0, 31, 17)
		images := map[string]draw.Image{"NRGBA": image.NewNRGBA(b), "RGBA": image.NewRGBA(b), "NRGBA64": image.NewNRGBA64(b), "RGBA64": image.NewRGBA64(b),
			"Paletted": image.NewPaletted(b, color.Palette{try.from, color.NRGBA{1, 2, 3, 99}})}
		switch {
		case name == "a red in Display P3":
		case try.from.R == try.from.G:
			images = map[string]draw.Image{"Gray": image.NewGray(b), "Gray16": image.NewGray16(b)}
		default:
			images = map[string]draw.Image{"NRGBA": image.NewNRGBA(b)}
		}
		for kind, m := range images {
			draw.Draw(m, b, image.NewUniform(try.from), image.Point{}, draw.Src)
			for format, data := range map[string][]byte{pngType: pngProfile(t, m, try.icc), jpegType: jpegProfile(t, m, try.icc)} {
				p, err := Open(bytes.NewReader(data), format)
				if err != nil {
					t.Fatal(name, kind, format, err)
				}
				var out bytes.Buffer
				if err := p.Encode(&out); err != nil {
					t.Fatal(err)
				}
				again, _, err := image.Decode(&out)
				if err != nil {
					t.Fatal(err)
				}
				got, near := color.NRGBAModel.Convert(again.At(5, 5)).(color.NRGBA), 1
				if format == jpegType {
					near = 5
				}
				for _, d := range [3]int{int(got.R) - int(try.to.R), int(got.G) - int(try.to.G), int(got.B) - int(try.to.B)} {
					if max(d, -d) > near {
						t.Errorf("%s, %s in %s: %v, not %v", name, kind, format, got, try.to)
						break
					}
				}
			}
		}
	}
	if readProfile(sRGBProfile) != nil {
		t.Error("what is sRGB is changed")
	}
}

func TestABrokenProfileChangesNothingButColours(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, whole := range [][]byte{displayP3, adobeRGB, table} {
		for n := 0; n < len(whole); n += 9 {
			readProfile(whole[:n])
		}
		for range 12 {
			icc := bytes.Clone(whole)
			for range 1 + r.IntN(4) {
				icc[128+r.IntN(len(icc)-128)] = byte(r.UintN(256))
			}
			if p := readProfile(icc); p != nil {
				p.apply(corners(3, 2))
			}
		}
	}
}

func TestAnAPNGKeepsMovingAndHasNothingBesideItsPictures(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, corners(20, 10)); err != nil {
		t.Fatal(err)
	}
	data := withChunk(withChunk(withChunk(b.Bytes(), "fcTL", make([]byte, 26)), "acTL", []byte{0, 0, 0, 1, 0, 0, 0, 0}), "tEXt", []byte("Author\x00SECRET"))
	data = withChunk(data, "eXIf", exif(binary.BigEndian, 6))
	p, err := Open(bytes.NewReader(append(data, "<script>behind</script>"...)), pngType)
	if err != nil || !p.Animated {
		t.Fatal(p, err)
	}
	var out bytes.Buffer
	if err := p.Encode(&out); err != nil {
		t.Fatal(err)
	}
	for text, there := range map[string]bool{"acTL": true, "fcTL": true, "SECRET": false, "eXIf": false, "script": false} {
		if bytes.Contains(out.Bytes(), []byte(text)) != there {
			t.Errorf("%s is there: %v", text, !there)
		}
	}
	if m, err := png.Decode(&out); err != nil || read(m) != "rgbw" {
		t.Error(err)
	}
	if _, err := Open(bytes.NewReader(data[:len(data)-12]), pngType); err == nil {
		t.Error("half of it is taken")
	}
	if _, err := Open(bytes.NewReader([]byte("RIFF\x1e\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00\x09\x00\x00\x09\x00\x00ANIM\x06\x00\x00\x00")), webpType); err != ErrMoves {
		t.Error(err)
	}
}

func TestAWebPHasTheWholeRangeOfLight(t *testing.T) {
	for text, want := range map[string]color.NRGBA{
		"UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoQABAAAUAmJaQAA3AA/vz0AAA=":                                                                                 {255, 255, 255, 255},
		"UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoQABAAAUAmJaQAA3AA/v02aAA=":                                                                                 {0, 0, 0, 255},
		"UklGRjwAAABXRUJQVlA4IDAAAADwAQCdASoQABAAAUAmJaACdLoB+AAEgwAA/u4KZ/5BcsLrka/9pZ+pZ+pZ/ioAAAA=":                                                 {200, 60, 40, 255},
		"UklGRmAAAABXRUJQVlA4WAoAAAAQAAAADwAADwAAQUxQSAoAAAABB9C/iAhERP8DVlA4IDAAAADwAQCdASoQABAAAUAmJaACdLoB+AAEgwAA/u4KZ/5BcsLrka/9pZ+pZ+pZ/ioAAAA=": {200, 60, 40, 128},
	} {
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Open(bytes.NewReader(data), webpType)
		if err != nil {
			t.Fatal(err)
		}
		got := color.NRGBAModel.Convert(p.At(8, 8)).(color.NRGBA)
		for _, d := range [4]int{int(got.R) - int(want.R), int(got.G) - int(want.G), int(got.B) - int(want.B), int(got.A) - int(want.A)} {
			if max(d, -d) > 4 {
				t.Errorf("%v, not %v", got, want)
				break
			}
		}
	}
}

// A program that packs thousands of profiles into a PNG, or none behind a name without an end, costs no more than others do.
func TestAPNGHasOneProfileWithAShortName(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	plain, packed := b.Bytes(), append([]byte("A profile\x00\x00"), deflated(t, make([]byte, maxICC-1))...)
	many := plain
	for range 100 {
		many = withChunk(many, "iCCP", packed)
	}
	for name, data := range map[string][]byte{"many profiles": many, "a long name": withChunk(plain, "iCCP", bytes.Repeat([]byte("A"), 16<<20))} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := Open(bytes.NewReader(data), pngType); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 12<<20 {
			t.Errorf("%s took %d MB", name, (after.TotalAlloc-before.TotalAlloc)>>20)
		}
	}
}
