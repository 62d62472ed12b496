package boundary

import (
	"github.com/spawnspec/spawnspec/suite/internal/record"
	. "github.com/spawnspec/spawnspec/suite/internal/spec"
	. "github.com/spawnspec/spawnspec/suite/internal/trial"
)

var _ = Area("boundary", title, func() {
	Behaviour("boundary.default.start-method", Observed,
		"The default start method is that of the version and the system: fork, spawn or forkserver.",
		DefaultOf("start method"), On("cpython/default"), Cite(startMethods),
		Matters("It decides which values can be handed over, what a child sees of its parent, and whether the main module "+
			"is imported again."),
		WayBack(`multiprocessing.set_start_method("`+record.Before+`")`, "boundary.remedy.set-the-method"),
		Remedy(nameTheMethod), For("cpython"), ProvedBy("boundary.remedy.name-the-method"),
		Seen("python/cpython#84559", "GAM-team/GAM#1843", "osbuild/osbuild#2115"),
		Was("default.start-method"),
		Try(func(t *Trial) { t.Observe("value", t.Default("start-method")) }))

	Behaviour("boundary.default.pickle-protocol", Observed,
		"The default pickle protocol is that of the version.",
		DefaultOf("pickle protocol"), On("cpython/default"),
		Cite(Document("Python pickle: data stream format",
			"https://docs.python.org/3/library/pickle.html#data-stream-format")),
		Matters("An older Python refuses a protocol that it does not know."),
		Was("default.pickle-protocol"),
		Try(func(t *Trial) { t.Observe("value", t.Default("pickle-protocol")) }))

	Behaviour("boundary.default.serialization", Observed,
		"The default serialization of a channel is json or advanced.",
		DefaultOf("serialization"), On("node/default"), Cite(forking),
		Matters("It decides which values arrive as what they are: JSON drops functions, empties maps and sets, and turns "+
			"dates into texts."),
		Remedy("Name the serialization."), ProvedBy("boundary.remedy.name-the-serialization"),
		Was("default.serialization"),
		Try(func(t *Trial) { t.Observe("value", t.Default("serialization")) }))

	Behaviour("boundary.default.v8-format", Observed,
		"Advanced serialization writes the format of the V8 version in use.",
		DefaultOf("v8 format"), On("node/advanced"), Cite(advancedSerialization),
		Matters("An older Node.js refuses a newer format and exits; a newer one reads the older formats."),
		Remedy("Use JSON between processes of different versions."),
		Seen("nodejs/node#42192"),
		Was("default.v8-format"),
		Try(func(t *Trial) { t.Observe("value", t.Default("v8-format")) }))

	Behaviour("boundary.default.unhandled-rejection", Observed,
		"An unhandled rejection of a promise ends the process with an error, or is a warning: that depends on the version.",
		DefaultOf("unhandled rejection"), On("node/default"), Cite(rejections),
		Matters("A child whose job fails in a promise exits with 1, or goes on as if nothing had happened while its "+
			"caller waits forever."),
		Remedy("Handle rejections in the child, and answer with an error."),
		Seen("nodejs/node#33021"),
		Was("default.unhandled-rejection"),
		Try(func(t *Trial) { t.Observe("value", t.Default("unhandled-rejection")) }))

	Behaviour("boundary.default.shell", Observed,
		"The default shell of exec() is that of the system: /bin/sh, or the command interpreter that ComSpec names.",
		DefaultOf("shell"), On("node/default"),
		Cite(Document("Node.js child_process: shell requirements",
			"https://nodejs.org/api/child_process.html#shell-requirements")),
		Matters("Another shell parses the same command line differently."),
		Was("default.shell"),
		Try(func(t *Trial) { t.Observe("value", t.Default("shell")) }))
})
