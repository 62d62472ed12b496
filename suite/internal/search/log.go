package search

import (
	"slices"
	"strings"
)

// maxLog is how many bytes of a log are looked at: its end, where the error is.
const maxLog = 256 << 10

// Messages are what a log or a traceback says went wrong, the last first: its lines
// without the frames of a stack, without what the lines begin with alike (a time, a
// level), and with what was broken over several lines put together.
func Messages(log string) (all []string) {
	for _, m := range messagesIn(log) {
		all = append(all, m.text)
	}
	return all
}

// told is a message of a log.
type told struct {
	text string
	// earlier says that another exception came of it, which is the one that was raised to
	// the caller: Python prints a chain with that one last.
	earlier bool
}

// messagesIn are the messages of a log, the last first, each once.
func messagesIn(log string) (all []told) {
	var lines []string
	chained := map[int]bool{} // those of lines that are earlier
	traceback := 0            // where the messages of the traceback begin that is read
	continues := false        // the next line may go on with the last one
	for _, rest := range unwrapped(log) {
		line := strings.TrimSpace(prefix().ReplaceAllString(rest, ""))
		line = line[:min(len(line), longestMessage)]
		switch {
		case line == "":
			// A message of several paragraphs goes on.
		case frame().MatchString(line):
			continues = false
			switch {
			case strings.HasPrefix(line, "Traceback ("):
				traceback = len(lines)
			case chain().MatchString(line):
				for i := traceback; i < len(lines); i++ {
					chained[i] = true
				}
			}
		case message().MatchString(line):
			lines = append(lines, line)
			continues = true
		case continues && strings.HasPrefix(rest, "  ") && len(lines[len(lines)-1]) < longestMessage:
			lines[len(lines)-1] += " " + line
		default:
			continues = false
			if plainMessage().MatchString(line) || code().MatchString(line) {
				lines = append(lines, line)
			}
		}
	}
	if one := strings.TrimSpace(log); len(lines) == 0 && !strings.Contains(one, "\n") && strings.Trim(one, "-0123456789") == "" && one != "" {
		lines = []string{one} // a status alone
	}
	for i, line := range slices.Backward(lines) {
		if !slices.ContainsFunc(all, func(m told) bool { return m.text == line }) {
			all = append(all, told{line, chained[i]})
		}
	}
	return all
}

var (
	// ansi are the escape sequences by which a terminal colours (ECMA-48).
	ansi = like("\x1b\\[[0-9;?]*[ -/]*[@-~]")
	// prefix is what else there may be: a level, a tool.
	prefix = like(`^\s*(?:(?:ERROR|WARN|WARNING|INFO|DEBUG|FATAL|E|W)[:\]]?\s+)?(?:##\[\w+\])?(?:E {3,})?(?:npm (?:ERR!|error)\s+)?(?:Uncaught\s+)?`)
	// frame is a line of a stack: of Python, Node.js, Java, Go; or a property of an error of
	// Node.js that its message has too, or that is a number for the system alone.
	frame = like(`^(?:File "|at |Traceback \(|During handling|The above exception|errno: -?\d+,?$|(?:syscall|path|spawnfile): '|spawnargs: \[|\^+$|~*\^+~*$|goroutine \d+|\.\.\. \d+ more|Caused by: *$)`)
	// chain is what Python prints between two exceptions of which the second came of the first.
	chain = like(`^(?:During handling of the above exception|The above exception was the direct cause)`)
	// message is a line that begins with the name of an exception.
	message = like(`^(?:[\w.$]+[.:])?\w*(?:Error|Exception|Interrupt|Exit|Warning|panic|Errno)\b[^:]{0,40}:|^RuntimeError\b`)
	// plainMessage is one that programs without exceptions print.
	plainMessage = like(`(?i): [^:]|error|fail|denied|killed|fault|abort|signal|exit|defunct|busy|attempt|recogni[sz]ed|too long|not found|timed? ?out|hang|cannot|can't|could not|broken|invalid|0xc0`)
)

// code is the name of an error, as it stands alone.
var code = like(`\bE[A-Z0-9]{3,}\b`)

// longestMessage is how many bytes of a message are looked up.
const longestMessage = 1000

// Log finds what a log or a traceback is about: the behaviours, and the message of the
// log by which the first of them was found. It finds nothing rather than something else.
// What other messages are about that is none of these is in also.
func (x *Index) Log(log string) (hits []Hit, by string, also []Said) {
	if len(log) > maxLog {
		log = log[len(log)-maxLog:]
	}
	best := map[string]Hit{}
	bestScore := 0.0
	var said []Said
	around := plain(log)
	raised := false // what is known about the exception that came of the next ones
	for i, m := range messagesIn(log) {
		if i == maxMessages {
			break
		}
		of := x.find(m.text, asIs, around)
		known := len(of) > 0 && of[0].Score >= sure
		if known {
			said = append(said, Said{m.text, of[0]})
		}
		if !m.earlier {
			raised = known
		}
		for _, h := range of {
			if m.earlier && raised {
				h.Score *= cause
			}
			// What is said last is what the reader saw first; what several messages are
			// about is the likelier.
			h.Score *= 1 - 0.02*float64(i)
			if h.Score > bestScore {
				bestScore, by = h.Score, m.text
			}
			known, twice := best[h.Behaviour.ID]
			switch {
			case !twice:
				best[h.Behaviour.ID] = h
			case h.Score > known.Score:
				h.Score += 0.2 * known.Score
				best[h.Behaviour.ID] = h
			default:
				known.Score += 0.2 * h.Score
				best[h.Behaviour.ID] = known
			}
		}
	}
	if bestScore < sure {
		return nil, "", nil
	}
	for _, h := range best {
		hits = append(hits, h)
	}
	hits = ranked(hits)
	told := map[string]bool{hits[0].Behaviour.ID: true}
	for _, s := range said {
		if s.Message != by && !told[s.Hit.Behaviour.ID] {
			told[s.Hit.Behaviour.ID] = true
			also = append(also, s)
		}
	}
	return hits, by, also
}

// Said is a message with the behaviour that it is about.
type Said struct {
	Message string
	Hit     Hit
}

// sure is the score from which on a message is answered. A reader who asks by words
// sees what is found and judges it; an answer to a log has to be about it, so that some
// words are in both is not enough.
const sure = 20

// cause is what the score of an exception is worth when one that came of it is answered.
const cause = 0.4

// maxMessages is how many messages of a log are looked up.
const maxMessages = 30
