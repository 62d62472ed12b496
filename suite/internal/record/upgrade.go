package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// object is a JSON object of an earlier format.
type object = map[string]any

// upgrades bring one object of a recording from the format of the key into the
// next, by the kind of the object. What an object has before it belongs to its
// format is unknown there.
var upgrades = map[int]map[string]func(object) error{
	// Format 1 had one remedy for a behaviour at most.
	1: {"behaviour": func(b object) error {
		if err := unknown(b, "remedies"); err != nil {
			return err
		}
		if text, ok := b["remedy"]; ok {
			remedy := object{"text": text}
			if proof, ok := b["proves"]; ok {
				remedy["proved_by"] = proof
			}
			b["remedies"] = []any{remedy}
		}
		delete(b, "remedy")
		delete(b, "proves")
		return nil
	}},
	// Format 2 was one indented object, beside it JSON Lines of a run that was
	// killed. What a behaviour and a launcher are to others was in their names,
	// for whom a remedy is in its text; a check's expectation was text only.
	2: {
		"behaviour": func(b object) error {
			if err := unknown(b, "role", "subject"); err != nil {
				return err
			}
			id, _ := b["id"].(string)
			if subject, ok := strings.CutPrefix(id, "default."); ok {
				b["role"], b["subject"] = RoleDefault, strings.ReplaceAll(subject, "-", " ")
			} else if strings.HasPrefix(id, "bnd.story.") {
				b["role"] = RoleStory
			} else if strings.HasPrefix(id, "bnd.remedy.") {
				b["role"] = RoleRemedy
			}
			return each(b, "remedies", func(r object) error {
				if err := unknown(r, "for"); err != nil {
					return err
				}
				text, _ := r["text"].(string)
				if rest, ok := strings.CutPrefix(text, "In Python: "); ok {
					first, n := utf8.DecodeRuneInString(rest)
					r["text"], r["for"] = string(unicode.ToUpper(first))+rest[n:], []string{"cpython"}
				}
				return nil
			})
		},
		"head": func(h object) error {
			return each(h, "launchers", func(l object) error {
				if err := unknown(l, "default", "implementation", "libc", "build", "path"); err != nil {
					return err
				}
				if name, _ := l["name"].(string); strings.HasSuffix(name, "/default") {
					l["default"] = true
				}
				return nil
			})
		},
		"trial": func(t object) error {
			return each(t, "observations", func(o object) error {
				switch want := o["want"].(type) {
				case string:
					o["want"] = object{"matcher": want}
				case nil:
				default:
					return &memberError{"observations.want", "wrong type (" + kindOf(want) + ")"}
				}
				return nil
			})
		},
	},
}

// upgrade brings the text of an object of this kind from a format into this one.
func upgrade(format int, kind string, text []byte) ([]byte, error) {
	var o object
	for ; format < Format; format++ {
		step, ok := upgrades[format][kind]
		if !ok {
			continue
		}
		if o == nil {
			d := json.NewDecoder(bytes.NewReader(text))
			d.UseNumber()
			if d.Decode(&o) != nil || o == nil {
				return text, nil // no object: strict says so
			}
		}
		if err := step(o); err != nil {
			return nil, err
		}
	}
	if o == nil {
		return text, nil
	}
	return json.Marshal(o)
}

// unknown refuses members that came with a later format.
func unknown(o object, names ...string) error {
	for _, name := range names {
		if _, ok := o[name]; ok {
			return &memberError{name, fmt.Sprintf("unknown field %q", name)}
		}
	}
	return nil
}

// each calls step for every object of the list that is the member name of o.
func each(o object, name string, step func(object) error) error {
	list, _ := o[name].([]any)
	for _, item := range list {
		if item, ok := item.(object); ok {
			if err := step(item); err != nil {
				return err
			}
		}
	}
	return nil
}
