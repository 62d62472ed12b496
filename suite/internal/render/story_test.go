package render_test

import (
	"strings"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// story is an interpreter before and after its default start method moved, as
// people meet it whose test hands over a method of its own test case.
func story() (before, after *record.Recording) {
	const refused = "TypeError: cannot pickle 'TextIOWrapper' instances"
	const fork = "Name the start method fork until the code is mended."
	side := func(method, protocol, version, notes string) *record.Recording {
		r := &record.Recording{Complete: true, Head: record.Head{Tool: record.Tool{Name: "spawnspec", Version: "0.2.0"},
			Host: []record.Fact{{Name: "os", Value: "linux"}}}}
		declare := func(b record.Behaviour) {
			b.Area, b.Matters = "boundary", "What crosses with one start method does not with the next."
			r.Behaviours = append(r.Behaviours, b)
		}
		try := func(id, launcher string, works bool, parent string) {
			r.Trials = append(
				r.Trials,
				record.Trial{ID: id, Launcher: launcher, Status: record.Pass, Observations: []record.Observation{
					{Name: record.Works, Value: works}, {Name: "the parent's error", Value: parent}}},
			)
		}
		role := record.RoleStory
		handed := func(id, what, err string, remedies ...record.Remedy) {
			declare(
				record.Behaviour{
					ID:       id,
					Role:     role,
					Level:    "observed",
					Sentence: "What becomes of " + what + " that is handed to a new child is compared.",
					Remedies: append(
						remedies,
						record.Remedy{
							Text:     fork,
							ProvedBy: "bnd.remedy.name-the-method",
						},
					),
				},
			)
			for _, launcher := range []string{"fork", "forkserver", "default"} {
				if launcher == "fork" || launcher == "default" && method == "fork" {
					try(id, "cpython/"+launcher, true, "none")
				} else {
					try(id, "cpython/"+launcher, false, err+notes)
				}
			}
		}
		path := record.Remedy{Text: "Hand over the path, and open it in the child.", ProvedBy: "bnd.remedy.path"}
		class := record.Remedy{
			Text:     "Put the methods that run in the child into a class of their own, without what cannot cross.",
			ProvedBy: "bnd.remedy.separate-class",
		}
		handed("bnd.story.testcase", "a bound method of a test case that is being run", refused, class,
			record.Remedy{Text: "Close the stream first.", ProvedBy: "bnd.remedy.close"})
		role = record.RoleNone
		handed("bnd.kind.text-file", "an open text file", refused, path)
		for _, name := range []string{"code", "coroutine", "dict-view", "frame", "generator", "lambda", "lock", "module",
			"rlock", "thread", "tls-context", "weakref"} {
			handed("bnd.kind."+name, "a "+name, "TypeError: cannot pickle '"+name+"' object")
		}
		declare(
			record.Behaviour{
				ID:       "bnd.kind.held-lock",
				Level:    "observed",
				Sentence: "What becomes of a child that is started while a thread holds a lock is compared.",
			},
		)
		try(
			"bnd.kind.held-lock",
			"cpython/fork",
			false,
			"DeprecationWarning: use of fork() may lead to deadlocks in the child",
		)
		try("bnd.kind.held-lock", "cpython/forkserver", true, "none")
		if method == "fork" {
			try(
				"bnd.kind.held-lock",
				"cpython/default",
				false,
				"DeprecationWarning: use of fork() may lead to deadlocks in the child",
			)
		} else {
			try("bnd.kind.held-lock", "cpython/default", true, "none")
		}
		declare(
			record.Behaviour{
				ID:       "bnd.val.ids",
				Level:    "observed",
				Sentence: "Whether an object has the same address in the child is compared.",
			},
		)
		for launcher, same := range map[string]bool{"fork": true, "forkserver": false, "default": method == "fork"} {
			r.Trials = append(
				r.Trials,
				record.Trial{
					ID:           "bnd.val.ids",
					Launcher:     "cpython/" + launcher,
					Status:       record.Pass,
					Observations: []record.Observation{{Name: "the same address", Value: same}},
				},
			)
		}
		for _, remedy := range []string{"path", "separate-class", "close", "name-the-method"} {
			id := "bnd.remedy." + remedy
			declare(record.Behaviour{ID: id, Level: "should", Sentence: "It can be handed over."})
			try(id, "cpython/default", remedy != "close" || method == "fork", "none")
		}
		for _, d := range [][2]string{{"start-method", method}, {"pickle-protocol", protocol}} {
			declare(
				record.Behaviour{
					WayBack:  record.WayBack{Code: "set_" + strings.ReplaceAll(d[0], "-", "_") + "(" + record.Before + ")"},
					Remedies: []record.Remedy{{Text: fork, ProvedBy: "bnd.remedy.name-the-method"}},
					Cites:    []record.Citation{{Name: "Python multiprocessing", Link: "https://docs.python.org/3/"}},
					ID:       "default." + d[0],
					Role:     record.RoleDefault,
					Subject:  strings.ReplaceAll(d[0], "-", " "),
					Level:    "observed",
					Sentence: "The " + d[0] + " of a caller who names none is compared.",
				},
			)
			r.Trials = append(
				r.Trials,
				record.Trial{
					ID:           "default." + d[0],
					Launcher:     "cpython/default",
					Status:       record.Pass,
					Observations: []record.Observation{{Name: "value", Value: d[1]}},
				},
			)
		}
		for _, launcher := range []string{"default", "fork", "forkserver"} {
			r.Launchers = append(
				r.Launchers,
				record.Launcher{Name: "cpython/" + launcher, Version: version, Runtime: "cpython", Default: launcher == "default"},
			)
		}
		return r
	}
	return side("fork", "4", "3.13.0", ""), side("forkserver", "5", "3.14.0", " / when serializing tuple item 0")
}
