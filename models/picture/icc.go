package picture

import (
	"bytes"
	"encoding/binary"
	"math"
)

// fromD50 makes light in the primaries of sRGB of the XYZ of ICC profiles, which is relative to D50: the inverse of the columns that the
// profile of IEC 61966-2-1 has.
var fromD50 = [3][3]float64{{3.1338561, -1.6168667, -0.4906146}, {-0.9787684, 1.9161415, 0.0334540}, {0.0719453, -0.2289914, 1.4052427}}

// readProfile makes a profile of its bytes: nil where it cannot be followed, or changes nothing that can be seen.
func readProfile(icc []byte) *profile {
	if len(icc) < 132 || string(icc[36:40]) != "acsp" {
		return nil
	}
	names, p := [3]string{"r", "g", "b"}, &profile{}
	switch string(icc[16:24]) {
	case "RGB XYZ ":
	case "GRAYXYZ ", "GRAYLab ":
		names = [3]string{"k", "k", "k"}
	default:
		return nil
	}
	var last []byte
	for i, name := range names {
		curve := tag(icc, name+"TRC")
		if i > 0 && bytes.Equal(curve, last) {
			p.linear[i] = p.linear[i-1]
		} else if p.linear[i] = lightOf(curve); p.linear[i] == nil {
			return nil
		}
		last = curve
		p.mixed[i][i] = 1
		xyz := tag(icc, name+"XYZ")
		if name == "k" {
			continue
		}
		if len(xyz) < 20 {
			return nil
		}
		for row := range 3 {
			sum := 0.0
			for j := range 3 {
				sum += fromD50[row][j] * fixed(xyz[8+4*j:])
			}
			p.mixed[row][i] = float32(sum)
		}
	}
	for i := range p.values {
		light := float64(i) / 0xffff
		if light <= 0.0031308 {
			light *= 12.92
		} else {
			light = 1.055*math.Pow(light, 1/2.4) - 0.055
		}
		p.values[i] = uint16(light*0xffff + 0.5)
	}
	if p.isPlain() {
		return nil
	}
	return p
}

// tag is the data of a tag of the profile; nil where it has none, or one that leads out of it.
func tag(icc []byte, name string) []byte {
	for at := 132; at+12 <= len(icc) && at < 132+12*100; at += 12 {
		if string(icc[at:at+4]) != name {
			continue
		}
		from, size := int64(binary.BigEndian.Uint32(icc[at+4:])), int64(binary.BigEndian.Uint32(icc[at+8:]))
		if from+size <= int64(len(icc)) {
			return icc[from : from+size]
		}
	}
	return nil
}

func fixed(data []byte) float64 { return float64(int32(binary.BigEndian.Uint32(data))) / 0x10000 }

// lightOf is how much light each of 65536 values is; nil where the curve cannot be read.
func lightOf(data []byte) []float32 {
	curve := readCurve(data)
	if curve == nil {
		return nil
	}
	light := make([]float32, 1<<16)
	for v := range light {
		light[v] = float32(curve(float64(v) / 0xffff))
	}
	return light
}

// readCurve reads a curve, a table or a formula (ICC.1:2022, sections 10.6 and 10.18); nil where it is neither.
func readCurve(data []byte) func(x float64) float64 {
	if len(data) < 12 {
		return nil
	}
	switch string(data[:4]) {
	case "curv":
		count, data := int64(binary.BigEndian.Uint32(data[8:])), data[12:]
		switch {
		case count == 0:
			return func(x float64) float64 { return x }
		case int64(len(data)) < 2*count:
			return nil
		case count == 1:
			gamma := float64(binary.BigEndian.Uint16(data)) / 0x100
			return func(x float64) float64 { return math.Pow(x, gamma) }
		}
		return func(x float64) float64 {
			at := x * float64(count-1)
			i := min(int64(at), count-2)
			low, high := float64(binary.BigEndian.Uint16(data[2*i:])), float64(binary.BigEndian.Uint16(data[2*i+2:]))
			return (low + (high-low)*(at-float64(i))) / 0xffff
		}
	case "para":
		kind, data := int(binary.BigEndian.Uint16(data[8:])), data[12:]
		if kind > 4 || len(data) < 4*[]int{1, 3, 4, 5, 7}[kind] {
			return nil
		}
		var n [7]float64 // the exponent, then a to f
		for i := range []int{1, 3, 4, 5, 7}[kind] {
			n[i] = fixed(data[4*i:])
		}
		g, a, b, c, d, e, f := n[0], n[1], n[2], n[3], n[4], n[5], n[6]
		switch kind {
		case 0:
			a = 1
		case 1, 2:
			c, d, e, f = 0, -b/a, c, c
		}
		return func(x float64) float64 {
			if x < d {
				return c*x + f
			}
			return math.Pow(max(0, a*x+b), g) + e
		}
	}
	return nil
}
