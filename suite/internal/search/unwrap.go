package search

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// wrappings are what those who collect logs put before a line, each with the blanks
// that are its own: what a program has indented stays so.
var wrappings = sync.OnceValue(func() (all []*regexp.Regexp) {
	for _, expression := range []string{
		`^[A-Za-z][\w.-]* +\| ?`,                                  // docker compose, foreman
		`^\[(?:pod|container)/[^\]\s]+\] ?`,                       // kubectl logs --prefix
		`^<\d{1,3}>1 \S+ \S+ \S+ \S+ \S+ (?:-|(?:\[[^\]]*\])+) ?`, // syslog, RFC 5424
		`^(?:<\d{1,3}>)?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)? \S+ [\w./@-]+(?:\[\d+\])?: ?`, // syslog, journald
		`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S* \S+ [\w./@-]+\[\d+\]: ?`,                                 // journald, ISO
		`^\[?\d{4}-\d\d-\d\d[T ][\d:.,+Z-]*\]? ?`,                                                    // a time
		`^\[?\d\d:\d\d:\d\d[\d.,]*\]? ?`,
		`^\[ *\d+\.\d{6}\] ?`,       // the kernel
		`^(?:stdout|stderr) [FP] ?`, // container runtimes (CRI)
	} {
		all = append(all, regexp.MustCompile(expression))
	}
	return all
})

// unwrapped are the lines of a log as the program has written them.
func unwrapped(log string) (lines []string) {
	for line := range strings.Lines(log) {
		line = strings.TrimRight(ansi().ReplaceAllString(line, ""), " \t\r\n")
		for again := true; again; {
			again = false
			for _, w := range wrappings() {
				if at := w.FindStringIndex(line); at != nil && at[1] > 0 {
					line, again = line[at[1]:], true
				}
			}
		}
		if said := fromJSON(line); said != nil {
			for _, text := range said {
				for part := range strings.Lines(text) {
					lines = append(lines, strings.TrimRight(part, " \t\r\n"))
				}
			}
			continue
		}
		lines = append(lines, line)
	}
	return lines
}

// messageKeys are where the loggers of this world put what went wrong, in the order in
// which it is read: what it is about first, then the error.
var messageKeys = []string{"MESSAGE", "msg", "message", "log", "event", "exc_info", "exception", "stack", "stack_trace", "stacktrace", "err", "error"}

// fromJSON are the messages of a line that is a JSON object; nil of any other.
func fromJSON(line string) []string {
	if !strings.HasPrefix(line, "{") {
		return nil
	}
	var o map[string]any
	if json.Unmarshal([]byte(line), &o) != nil {
		return nil
	}
	return messagesOf(o)
}

func messagesOf(o map[string]any) (all []string) {
	for _, key := range messageKeys {
		switch v := o[key].(type) {
		case string:
			if v = strings.TrimSpace(v); v != "" && !slices.Contains(all, v) {
				all = append(all, v)
			}
		case map[string]any:
			all = append(all, messagesOf(v)...)
		}
	}
	return all
}
