package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spawnspec/spawnspec/suite/internal/published"
	"github.com/spawnspec/spawnspec/suite/internal/site"
	"github.com/spawnspec/spawnspec/suite/internal/spec"
)

func siteCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "site DIR [RECORDING...]",
		Short: "Write the specification with its recorded answers as static pages",
		Long: `site writes static pages into the folder DIR: the specification, what each recording
has of it, what differs between them, and the data. They need no server and no network:
open DIR/index.html. Without RECORDING they are of the published recordings; the name
of a recording is that of its file.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("site takes a folder to write to")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if err := site.Fit(args[0]); err != nil {
				return err
			}
			in, err := siteInput(args[1:])
			if err != nil {
				return err
			}
			if err := site.Write(args[0], in); err != nil {
				return err
			}
			fmt.Println(filepath.Join(args[0], "index.html"))
			return nil
		},
	}
	c.ValidArgsFunction = completeRecordings
	return c
}

// siteInput is the specification and recordings: those that are named, or the
// published ones.
func siteInput(names []string) (in site.Input, err error) {
	for _, a := range spec.Areas() {
		in.Areas = append(in.Areas, site.Area{Name: a.Name, Title: a.Title})
	}
	for _, d := range spec.All() {
		in.Behaviours = append(in.Behaviours, site.Described{Behaviour: d.Behaviour, Scope: scopeOf(d)})
	}
	if len(names) == 0 {
		names = published.Names()
	}
	taken := map[string]string{}
	for _, from := range names {
		r, err := readRecording(from)
		if err != nil {
			return in, err
		}
		name := strings.TrimSuffix(filepath.Base(strings.TrimPrefix(from, published.Prefix)), ".json")
		if other := taken[strings.ToLower(name)]; other != "" {
			return in, fmt.Errorf("%s and %s would both be called %s: rename one of the files", other, from, name)
		}
		if !plainName(name) {
			return in, fmt.Errorf("%s: a recording of this name cannot be a page: use letters, digits, dots, - and _", from)
		}
		taken[strings.ToLower(name)] = from
		in.Recordings = append(in.Recordings, site.Recording{Name: name, Recording: r})
	}
	return in, nil
}

// plainName reports whether a name can be that of a file on every system, and part of
// an address.
func plainName(name string) bool {
	return name != "" && !strings.HasPrefix(name, ".") && strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789.-_") == ""
}
