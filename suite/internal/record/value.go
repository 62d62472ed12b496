package record

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds how deep an observed value may be nested. Nothing observed
// comes near it; a value that refers to itself would otherwise never end.
const maxDepth = 32

// Normalise turns a Go value into the canonical form of an observed value: the
// one that is the same in memory as after writing and reading. It is one of
//
//	nil
//	bool
//	int64             every whole number that fits
//	float64           every other finite number
//	string            always valid UTF-8
//	[]any             of these; a nil slice becomes an empty list
//	map[string]any    of these; a nil map becomes an empty object
//
// An error becomes its text, a []byte lower-case hexadecimal, an unsigned
// integer above the largest int64 its decimal digits as a string, a struct an
// object of its exported fields (named by their json tag if they have one), a
// nil pointer or interface nil. Strings go through [Escape]. Everything else
// is an error: channels, functions, complex numbers, NaN, infinities, maps
// whose keys are not strings, and values nested more than 32 deep.
func Normalise(v any) (any, error) { return normalise(reflect.ValueOf(v), 0) }

// Escape returns s if it is valid UTF-8. Otherwise each byte that is not part
// of a character becomes \x and two hexadecimal digits, and each backslash is
// doubled, so that the bytes can be told from the text again.
func Escape(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case r == '\\':
			b.WriteString(`\\`)
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// Equal reports whether a and b have the same canonical form. A value that has
// none equals nothing.
func Equal(a, b any) bool {
	x, err := Normalise(a)
	if err != nil {
		return false
	}
	y, err := Normalise(b)
	return err == nil && reflect.DeepEqual(x, y)
}

func normalise(v reflect.Value, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested more than %d deep", maxDepth)
	}
	if !v.IsValid() {
		return nil, nil
	}
	if k := v.Kind(); (k == reflect.Pointer || k == reflect.Interface) && v.IsNil() {
		return nil, nil
	}
	if v.CanInterface() {
		switch x := v.Interface().(type) {
		case json.Number:
			return number(string(x))
		case error:
			return Escape(x.Error()), nil
		case []byte:
			return hex.EncodeToString(x), nil
		}
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return normalise(v.Elem(), depth+1)
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		if v.Uint() > math.MaxInt64 {
			return strconv.FormatUint(v.Uint(), 10), nil
		}
		return int64(v.Uint()), nil
	case reflect.Float32, reflect.Float64:
		return whole(v.Float())
	case reflect.String:
		return Escape(v.String()), nil
	case reflect.Slice, reflect.Array:
		list := make([]any, v.Len())
		for i := range list {
			item, err := normalise(v.Index(i), depth+1)
			if err != nil {
				return nil, fmt.Errorf("[%d]: %w", i, err)
			}
			list[i] = item
		}
		return list, nil
	case reflect.Map:
		if v.Type().Key().Kind() != reflect.String {
			return nil, fmt.Errorf("%s: only maps with string keys can be recorded", v.Type())
		}
		object := make(map[string]any, v.Len())
		for it := v.MapRange(); it.Next(); {
			if err := put(object, it.Key().String(), it.Value(), depth); err != nil {
				return nil, err
			}
		}
		return object, nil
	case reflect.Struct:
		object := make(map[string]any, v.NumField())
		for i := range v.NumField() {
			field := v.Type().Field(i)
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if !field.IsExported() || name == "-" {
				continue
			}
			if name == "" {
				name = field.Name
			}
			if err := put(object, name, v.Field(i), depth); err != nil {
				return nil, err
			}
		}
		return object, nil
	}
	return nil, fmt.Errorf("%s: not a kind of value that can be recorded", v.Type())
}

func put(object map[string]any, name string, v reflect.Value, depth int) error {
	name = Escape(name)
	item, err := normalise(v, depth+1)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if _, twice := object[name]; twice {
		return fmt.Errorf("%s: two keys with this name", name)
	}
	object[name] = item
	return nil
}

// number gives a JSON number its canonical form.
func number(text string) (any, error) {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return i, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, fmt.Errorf("%s: not a number that fits", text)
	}
	return whole(f)
}

// whole makes a float with a whole value an int64: JSON writes 2.0 as 2.
func whole(f float64) (any, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, errors.New("not a finite number")
	}
	// -2^63 and 2^63 are exact as float64; the largest int64 is not.
	if f == math.Trunc(f) && f >= -1<<63 && f < 1<<63 {
		return int64(f), nil
	}
	return f, nil
}

// Text shows an observed value on one line: as compact JSON, so that the
// string "3" can be told from the number 3, but [Hang] as a bare word.
func Text(v any) string {
	v, err := Normalise(v)
	if err != nil {
		return err.Error()
	}
	if v == Hang {
		return Hang
	}
	text, err := encode(v)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSuffix(string(text), "\n")
}
