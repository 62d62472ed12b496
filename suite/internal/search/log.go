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
	if len(log) > maxLog {
		log = log[len(log)-maxLog:]
	}
	var lines []string
	continues := false // the next line may go on with the last one
	for _, rest := range unwrapped(log) {
		line := strings.TrimSpace(prefix().ReplaceAllString(rest, ""))
		line = line[:min(len(line), longestMessage)]
		switch {
		case line == "":
			// A message of several paragraphs goes on.
		case frame().MatchString(line):
			continues = false
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
	for _, line := range slices.Backward(lines) {
		if !slices.Contains(all, line) {
			all = append(all, line)
		}
	}
	return all
}

var (
	// ansi are the escape sequences by which a terminal colours (ECMA-48).
	ansi = like("\x1b\\[[0-9;?]*[ -/]*[@-~]")
	// prefix is what else there may be: a level, a tool.
	prefix = like(`^\s*(?:(?:ERROR|WARN|WARNING|INFO|DEBUG|FATAL|E|W)[:\]]?\s+)?(?:##\[\w+\])?(?:E {3,})?(?:npm (?:ERR!|error)\s+)?(?:Uncaught\s+)?`)
	// frame is a line of a stack: of Python, Node.js, Java, Go.
	frame = like(`^(?:File "|at |Traceback \(|During handling|The above exception|\^+$|~*\^+~*$|goroutine \d+|\.\.\. \d+ more|Caused by: *$)`)
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
	best := map[string]Hit{}
	bestScore := 0.0
	var said []Said
	for i, m := range Messages(log) {
		if i == maxMessages {
			break
		}
		of := x.Words(m)
		if len(of) > 0 && of[0].Score >= sure {
			said = append(said, Said{m, of[0]})
		}
		for _, h := range of {
			// What is said last is what the reader saw first; what several messages are
			// about is the likelier.
			h.Score *= 1 - 0.02*float64(i)
			if h.Score > bestScore {
				bestScore, by = h.Score, m
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

// maxMessages is how many messages of a log are looked up.
const maxMessages = 30
