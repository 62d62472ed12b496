package record

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
)

var update = flag.Bool("update", false, "write the schema anew from the types")

// generated is the schema of this package's types: names and what may be left
// out from the tags, texts from the comments, closed lists from the constants.
func generated(t *testing.T) []byte {
	t.Helper()
	r := jsonschema.Reflector{Anonymous: true, Mapper: closed,
		Namer: func(t reflect.Type) string { return strings.ToLower(t.Name()) }}
	if err := r.AddGoComments("github.com/spawnspec/spawnspec/suite/internal/record", ".",
		jsonschema.WithFullComment()); err != nil {
		t.Fatal(err)
	}
	// The comments in this package are of lines of 80 columns.
	for key, text := range r.CommentMap {
		r.CommentMap[key] = strings.Join(strings.Fields(text), " ")
	}
	head, lines := r.Reflect(&Head{}), r.Reflect(&line{})
	root := &jsonschema.Schema{
		Version: jsonschema.Version,
		ID:      "https://github.com/spawnspec/spawnspec/suite/internal/record/recording.schema.json",
		Title:   "spawnspec recording, format 3",
		Description: "One line of a recording, which is JSON Lines: first the head, then each behaviour, " +
			"then each trial, and last the end, which a run that was cut short does not have.",
		Definitions: head.Definitions,
		OneOf:       []*jsonschema.Schema{{Ref: "#/$defs/head"}},
	}
	for name, definition := range lines.Definitions {
		root.Definitions[name] = definition
	}
	members := root.Definitions["line"].Properties
	delete(root.Definitions, "line")
	for member := members.Oldest(); member != nil; member = member.Next() {
		one := jsonschema.NewProperties()
		one.Set(member.Key, member.Value)
		root.OneOf = append(root.OneOf, &jsonschema.Schema{Type: "object", Properties: one,
			Required: []string{member.Key}, AdditionalProperties: jsonschema.FalseSchema})
	}
	format, _ := root.Definitions["head"].Properties.Get("format")
	format.Const = Format
	text, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

// closed is the schema of a type that has a closed list of values.
func closed(t reflect.Type) *jsonschema.Schema {
	list := func(values reflect.Value) *jsonschema.Schema {
		s := &jsonschema.Schema{Type: "string"}
		for i := range values.Len() {
			if v := values.Index(i).Interface(); v != RoleNone {
				s.Enum = append(s.Enum, v)
			}
		}
		return s
	}
	switch t {
	case reflect.TypeFor[Level]():
		return list(reflect.ValueOf(Levels))
	case reflect.TypeFor[Role]():
		return list(reflect.ValueOf(Roles))
	case reflect.TypeFor[Answer]():
		return list(reflect.ValueOf(Answers))
	case reflect.TypeFor[Status]():
		return list(reflect.ValueOf(Statuses))
	}
	return nil
}

// The published schema is the one of the types.
func TestSchemaIsTheTypes(t *testing.T) {
	want := generated(t)
	if *update {
		if err := os.WriteFile("recording.schema.json", want, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(bytes.ReplaceAll(Schema, []byte("\r\n"), []byte("\n")), want) {
		t.Errorf("recording.schema.json is not what the types say; go test -update writes it anew:\n%s", want)
	}
}
