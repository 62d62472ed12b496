package trial

import (
	"fmt"
	"reflect"

	"github.com/onsi/gomega/matchers"
	"github.com/onsi/gomega/types"

	"github.com/spawnspec/spawnspec/suite/internal/record"
)

// want is what a matcher expects, as data. The words are this project's, so that
// a recording reads the same whatever Gomega's messages say. A matcher that has
// no row here is an error: a new one is added together with its words.
func want(m types.GomegaMatcher, negated bool) (record.Want, error) {
	var words string
	var value any
	switch m := m.(type) {
	case *matchers.NotMatcher:
		return want(m.Matcher, !negated)
	case anything:
		words = "to be anything"
	case *matchers.EqualMatcher:
		words, value = "to equal", m.Expected
	case *matchers.BeEquivalentToMatcher:
		words, value = "to be equivalent to", m.Expected
	case *matchers.BeTrueMatcher:
		words = "to be true"
	case *matchers.BeFalseMatcher:
		words = "to be false"
	case *matchers.BeEmptyMatcher:
		words = "to be empty"
	case *matchers.BeZeroMatcher:
		words = "to be zero-valued"
	case *matchers.BeNumericallyMatcher:
		if len(m.CompareTo) != 1 {
			return record.Want{}, fmt.Errorf("BeNumerically with %d values has no words", len(m.CompareTo))
		}
		words, value = "to be "+m.Comparator, m.CompareTo[0]
	case *matchers.BeElementOfMatcher:
		words, value = "to be an element of", elements(m.Elements)
	case *matchers.ConsistOfMatcher:
		words, value = "to consist of", elements(m.Elements)
	case *matchers.ContainElementMatcher:
		words, value = "to contain element", m.Element
	case *matchers.ContainElementsMatcher:
		words, value = "to contain elements", elements(m.Elements)
	case *matchers.ContainSubstringMatcher:
		words, value = "to contain substring", formatted(m.Substr, m.Args)
	default:
		return record.Want{}, fmt.Errorf("%T has no words", m)
	}
	if hasMatcher(value) {
		return record.Want{}, fmt.Errorf("a matcher inside %T has no words", m)
	}
	if negated {
		words = "not " + words
	}
	normal, err := record.Normalise(value)
	return record.Want{Matcher: words, Value: normal}, err
}

// elements are those of a matcher of several, which may be given as one list.
func elements(given []any) any {
	if len(given) == 1 {
		if k := reflect.ValueOf(given[0]).Kind(); k == reflect.Slice || k == reflect.Array {
			return given[0]
		}
	}
	return given
}

// formatted is the text of a matcher that takes a format and its arguments.
func formatted(text string, args []any) string {
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// hasMatcher reports whether a value that is expected, or one of its elements,
// is a matcher of its own.
func hasMatcher(value any) bool {
	if _, is := value.(types.GomegaMatcher); is {
		return true
	}
	list, _ := value.([]any)
	for _, item := range list {
		if _, is := item.(types.GomegaMatcher); is {
			return true
		}
	}
	return false
}
