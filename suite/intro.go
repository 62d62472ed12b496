package suite

import (
	"embed"
	"path"
	"slices"
	"strings"
)

// The comments of the areas' packages, which their chapters begin with.
//
//go:embed argument/argument.go boundary/boundary.go console/console.go directory/directory.go
//go:embed environment/environment.go exec/exec.go fork/fork.go handle/handle.go inherit/inherit.go
//go:embed job/job.go lookup/lookup.go pipe/pipe.go process/process.go runtime/runtime.go
//go:embed signal/signal.go stdio/stdio.go wait/wait.go
var areas embed.FS

// Chapter is how an area is read: what it is about, and its subjects in the order in
// which they are best read.
type Chapter struct {
	Intro    string
	Subjects []string
}

// order begins the paragraph of a package comment that lists subjects.
const order = "Subjects, in the order of reading: "

// ChapterOf reads the comment of an area's package; an area that is not among those
// above has none.
func ChapterOf(area string) (c Chapter) {
	source, err := areas.ReadFile(path.Join(area, area+".go"))
	if err != nil {
		return c
	}
	var paragraphs []string
	paragraph := ""
	for line := range strings.Lines(string(source)) {
		text, comment := strings.CutPrefix(strings.TrimSpace(line), "//")
		if !comment {
			break
		}
		if text = strings.TrimSpace(text); text == "" {
			paragraphs = append(paragraphs, paragraph)
			paragraph = ""
			continue
		}
		paragraph = strings.TrimSpace(paragraph + " " + text)
	}
	paragraphs = append(paragraphs, paragraph)
	intro := strings.TrimPrefix(paragraphs[0], "Package "+area+" is the area of ")
	c.Intro = strings.ToUpper(intro[:1]) + intro[1:]
	i := slices.IndexFunc(paragraphs, func(p string) bool { return strings.HasPrefix(p, order) })
	if i >= 0 {
		c.Subjects = strings.Split(strings.TrimSuffix(strings.TrimPrefix(paragraphs[i], order), "."), ", ")
	}
	return c
}
