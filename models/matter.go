package models

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/pelletier/go-toml/v2"
)

// The bounds of front matter. What reads YAML takes much longer for brackets in brackets: nobody writes so many.
const (
	maxMatter   = 64 << 10 // bytes
	maxMatters  = 16 << 20 // of all files of an archive
	maxBrackets = 200
)

// matter is what stands before the text of a file: its names, in small letters, with their values. In order.
type matter struct {
	names  []string
	values map[string]matterValue
}

// matterValue is a value as it is written: a text, or a list of texts.
type matterValue struct {
	text   string
	list   []string
	isList bool
	other  bool // neither
}

func (m *matter) put(name string, value matterValue) {
	name = strings.ToLower(strings.TrimSpace(name))
	if _, twice := m.values[name]; !twice {
		m.names = append(m.names, name)
	}
	m.values[name] = value
}

var (
	errMatterLong  = errors.New("front matter is too long")
	errMatterAlias = errors.New("front matter has anchors or aliases")
	errMatter      = errors.New("front matter cannot be read")
)

// matterError says in which line something is wrong, from 1; 0: unknown.
type matterError struct{ line int }

// Error says so.
func (e matterError) Error() string { return fmt.Sprintf("line %d: %v", e.line, errMatter) }

// cutMatter takes the front matter off a text: YAML between lines of three hyphens, or TOML between lines of three plus signs. One empty
// line after it belongs to neither. nil: the text has none.
func cutMatter(source string) (m *matter, body string, err error) {
	first, rest, more := strings.Cut(source, "\n")
	fence := strings.TrimRight(first, " \t")
	if !more || fence != "---" && fence != "+++" {
		return nil, source, nil
	}
	head, body, found := cutFence(rest, fence)
	if !found {
		return nil, source, nil
	}
	body = strings.TrimPrefix(body, "\n")
	m = &matter{values: map[string]matterValue{}}
	switch {
	case len(head) > maxMatter:
		return nil, body, errMatterLong
	case strings.Count(head, "[")+strings.Count(head, "{") > maxBrackets:
		return nil, body, errMatter
	case fence == "+++":
		err = m.readTOML(head)
	default:
		err = m.readYAML(head)
	}
	if errors.Is(err, errNoMatter) {
		return nil, source, nil
	}
	return m, body, err
}

// cutFence looks for the line that ends the front matter.
func cutFence(rest, fence string) (head, body string, found bool) {
	for at := 0; at <= len(rest); {
		line, _, more := strings.Cut(rest[at:], "\n")
		if ends := strings.TrimRight(line, " \t"); ends == fence || ends == "..." && fence == "---" {
			return rest[:at], rest[min(len(rest), at+len(line)+1):], true
		}
		if !more {
			break
		}
		at += len(line) + 1
	}
	return "", "", false
}

// matterSize is how much of a text may be front matter, in bytes.
func matterSize(source string) int {
	first, rest, _ := strings.Cut(source, "\n")
	fence := strings.TrimRight(first, " \t")
	head, _, found := cutFence(rest, fence)
	if !found || fence != "---" && fence != "+++" {
		return 0
	}
	return min(len(head), maxMatter)
}

// errNoMatter: what stands between the fences is no settings: the fences are rules of the text.
var errNoMatter = errors.New("no front matter")

// readYAML reads YAML. Whoever wrote it is not trusted: anchors, whose aliases can grow without bound, are refused, and the parser may
// give up in any way.
func (m *matter) readYAML(head string) (err error) {
	defer func() {
		if recover() != nil {
			err = errMatter
		}
	}()
	if strings.TrimSpace(head) == "" {
		return nil
	}
	file, err := parser.ParseBytes([]byte(head), 0)
	var where yaml.Error
	if errors.As(err, &where) && where.GetToken() != nil && where.GetToken().Position != nil {
		return matterError{where.GetToken().Position.Line + 1}
	}
	if err != nil || len(file.Docs) == 0 {
		return errMatter
	}
	switch body := file.Docs[0].Body.(type) {
	case nil, *ast.CommentGroupNode:
		return nil // nothing but remarks
	case *ast.MappingNode:
		for _, pair := range body.Values {
			if err := m.readPair(pair); err != nil {
				return err
			}
		}
		return nil
	case *ast.MappingValueNode:
		return m.readPair(body)
	case *ast.AnchorNode, *ast.AliasNode:
		return errMatterAlias
	}
	return errNoMatter
}

func (m *matter) readPair(pair *ast.MappingValueNode) error {
	if _, merge := pair.Key.(*ast.MergeKeyNode); merge {
		return errMatterAlias
	}
	value, err := yamlValue(pair.Value)
	if err == nil {
		m.put(strings.Trim(pair.Key.String(), `"'`), value)
	}
	return err
}

func yamlValue(node ast.Node) (v matterValue, err error) {
	switch node := node.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		return v, errMatterAlias
	case *ast.TagNode:
		return yamlValue(node.Value)
	case *ast.SequenceNode:
		v.isList = true
		for _, item := range node.Values {
			inner, err := yamlValue(item)
			switch {
			case err != nil:
				return v, err
			case inner.isList || inner.other:
				v.other = true
			case inner.text != "":
				v.list = append(v.list, inner.text)
			}
		}
		return v, nil
	case *ast.MappingNode:
		v.other = true
		for _, pair := range node.Values {
			if err := new(matter).refuse(pair); err != nil {
				return v, err
			}
		}
		return v, nil
	case *ast.MappingValueNode:
		v.other = true
		return v, new(matter).refuse(node)
	case nil, *ast.NullNode:
		return v, nil
	case *ast.StringNode:
		v.text = node.Value
	case *ast.LiteralNode:
		v.text = node.Value.Value
	default:
		v.text = node.GetToken().Value
	}
	return v, nil
}

// refuse looks for anchors in an object, of which nothing is taken over.
func (*matter) refuse(pair *ast.MappingValueNode) error {
	if _, merge := pair.Key.(*ast.MergeKeyNode); merge {
		return errMatterAlias
	}
	_, err := yamlValue(pair.Value)
	return err
}

// readTOML reads TOML.
func (m *matter) readTOML(head string) error {
	var fields map[string]any
	if err := toml.Unmarshal([]byte(head), &fields); err != nil {
		var where *toml.DecodeError
		if errors.As(err, &where) {
			line, _ := where.Position()
			return matterError{line + 1}
		}
		return errMatter
	}
	for name, value := range fields {
		if inner, ok := value.(map[string]any); ok && name == "taxonomies" { // Zola's
			for name, value := range inner {
				m.put(name, tomlValue(value))
			}
			continue
		}
		m.put(name, tomlValue(value))
	}
	return nil
}

func tomlValue(value any) (v matterValue) {
	switch value := value.(type) {
	case string:
		v.text = value
	case time.Time:
		v.text = value.Format(time.RFC3339Nano)
	case []any:
		v.isList = true
		for _, item := range value {
			inner := tomlValue(item)
			v.other = v.other || inner.isList || inner.other
			if inner.text != "" {
				v.list = append(v.list, inner.text)
			}
		}
	case map[string]any:
		v.other = true
	default: // numbers, true and false, local dates and times: as they are written
		v.text = fmt.Sprint(value)
	}
	return v
}
