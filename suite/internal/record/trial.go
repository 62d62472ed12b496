package record

import (
	"bytes"
	"encoding/json"
)

// EncodeTrial is a trial as one line of JSON, for another process.
func EncodeTrial(t Trial) ([]byte, error) {
	t, err := t.canonical()
	if err != nil {
		return nil, err
	}
	return encode(t)
}

// DecodeTrial decodes what EncodeTrial has encoded.
func DecodeTrial(text []byte) (Trial, error) {
	var t Trial
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&t); err != nil {
		return t, err
	}
	return t.canonical()
}
