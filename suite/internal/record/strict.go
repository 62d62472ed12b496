package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// memberError is an error about one member of an object.
type memberError struct {
	path string // names joined by dots
	text string
}

func (e *memberError) Error() string {
	if strings.HasPrefix(e.text, "unknown") {
		return e.text
	}
	return e.path + ": " + e.text
}

// name is the last part of the path, as it stands in the source.
func (e *memberError) name() string { return e.path[strings.LastIndexByte(e.path, '.')+1:] }

// strict decodes one JSON value into v. Unlike encoding/json it takes no member
// whose name is in other case, no null for what cannot be nil, and nothing it
// does not know.
func strict(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := matches(d, reflect.TypeOf(v).Elem(), ""); err != nil {
		return err
	}
	d = json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err := d.Decode(v)
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) {
		return &memberError{mistyped.Field, "wrong type (" + mistyped.Value + ")"}
	}
	return err
}

// matches checks the next value of d against the type it will be decoded into.
func matches(d *json.Decoder, t reflect.Type, path string) error {
	if t.Kind() == reflect.Interface {
		var any json.RawMessage
		return d.Decode(&any)
	}
	token, err := d.Token()
	if err != nil {
		return err
	}
	if t.Kind() == reflect.Pointer {
		if token == nil {
			return nil
		}
		t = t.Elem()
	}
	ok := false
	switch kind := t.Kind(); kind {
	case reflect.Struct:
		ok = token == json.Delim('{')
	case reflect.Slice:
		ok = token == json.Delim('[')
	case reflect.String:
		_, ok = token.(string)
	case reflect.Bool:
		_, ok = token.(bool)
	default:
		_, ok = token.(json.Number)
	}
	if !ok {
		return &memberError{path, "wrong type (" + kindOf(token) + ")"}
	}
	switch t.Kind() {
	case reflect.Struct:
		fields := members(t)
		for d.More() {
			key, _ := d.Token()
			name := key.(string)
			field, known := fields[name]
			at := strings.TrimPrefix(path+"."+name, ".")
			if !known {
				return &memberError{at, fmt.Sprintf("unknown field %q", name)}
			}
			if err := matches(d, field, at); err != nil {
				return err
			}
		}
		_, err = d.Token()
	case reflect.Slice:
		for d.More() {
			if err := matches(d, t.Elem(), path); err != nil {
				return err
			}
		}
		_, err = d.Token()
	}
	return err
}

// kindOf names what a token begins, as JSON calls it.
func kindOf(token any) string {
	switch token := token.(type) {
	case json.Delim:
		if token == '[' {
			return "array"
		}
		return "object"
	case object:
		return "object"
	case []any:
		return "array"
	case string:
		return "string"
	case bool:
		return "bool"
	case json.Number:
		return "number"
	}
	return "null"
}

// members are the members of an object that a struct is written as, by name.
func members(t reflect.Type) map[string]reflect.Type {
	all := map[string]reflect.Type{}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name != "-" {
			all[name] = t.Field(i).Type
		}
	}
	return all
}
