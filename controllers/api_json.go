package controllers

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"

	"github.com/danielgtaylor/huma/v2"
)

// jsonFormat is huma's own, but for numbers beyond all bounds, such as 1e309: they are JSON, and wrong for their field, which is
// named. As a number they are infinite.
func jsonFormat() huma.Format {
	format := huma.DefaultJSONFormat
	format.Unmarshal = func(data []byte, v any) error {
		err := json.Unmarshal(data, v)
		var wrong *json.UnmarshalTypeError
		value, loose := v.(*any)
		if !loose || !errors.As(err, &wrong) {
			return err
		}
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.UseNumber()
		if err := decoder.Decode(value); err != nil {
			return err
		}
		*value = bounded(*value)
		return nil
	}
	return format
}

// bounded makes the numbers of a document floats.
func bounded(v any) any {
	switch v := v.(type) {
	case json.Number:
		x, err := v.Float64()
		if err != nil {
			return math.Inf(1)
		}
		return x
	case map[string]any:
		for name := range v {
			v[name] = bounded(v[name])
		}
	case []any:
		for i := range v {
			v[i] = bounded(v[i])
		}
	}
	return v
}
