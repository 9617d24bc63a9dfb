package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	nethtml "golang.org/x/net/html"
	"gorm.io/gorm"
)

// fileMentioned is how a text mentions a file.
var fileMentioned = regexp.MustCompile(`/files/([1-9][0-9]{0,17})`)

// maxMentioned is how many files of one text are looked for.
const maxMentioned = 1000

// Files are files by their ids.
type Files map[int64]*File

// mentionedFiles are the ids of the files that a text mentions, each once.
func mentionedFiles(content string) (ids []int64) {
	seen := map[int64]bool{}
	for _, found := range fileMentioned.FindAllStringSubmatch(content, -1) {
		id, err := strconv.ParseInt(found[1], 10, 64)
		if err == nil && !seen[id] && len(ids) < maxMentioned {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}

// FilesOf finds the files that a text mentions and that its page may show: those of the post, and of by those that are in no post yet.
func (s *Store) FilesOf(ctx context.Context, by *User, post int64, content string) (Files, error) {
	ids := mentionedFiles(content)
	if ids == nil || by == nil {
		return nil, nil
	}
	list, err := filesWhere(ctx, s.pool, "f.id = any($1) and not f.avatar and (f.post_id = $2 or f.post_id is null and f.user_id = $3)", ids, post, by.ID)
	if err != nil {
		return nil, Explain(err)
	}
	return byID(list), nil
}

// DeskFiles lists the files of the post, and those that the text on the desk mentions and that no post has yet.
func (s *Store) DeskFiles(ctx context.Context, by *User, post int64, content string) ([]File, error) {
	ids := mentionedFiles(content)
	if by == nil || ids == nil && post == 0 {
		return nil, nil
	}
	list, err := filesWhere(ctx, s.pool, "not f.avatar and (f.post_id = nullif($2, 0) or f.id = any($1) and f.post_id is null and f.user_id = $3)", ids, post, by.ID)
	return list, Explain(err)
}

func byID(list []File) Files {
	files := Files{}
	for i := range list {
		files[list[i].ID] = &list[i]
	}
	return files
}

// takeFiles makes the files that the post mentions, and that are in no post yet, the post's, and with it its owner's. by is who saves it. Where
// that is somebody else the owner's room is asked, as it would be for an upload to the post: the owner is locked with the post.
func takeFiles(tx *gorm.DB, by *User, post *Post) error {
	ids := mentionedFiles(post.Content)
	if ids == nil {
		return nil
	}
	const free = " where id in ? and user_id = ? and post_id is null and not avatar"
	if post.UserID != by.ID {
		var count, size int64
		if err := tx.Raw("select count(*), coalesce(sum(size), 0)::bigint from files"+free, ids, by.ID).Row().Scan(&count, &size); err != nil || count == 0 {
			return err
		}
		left, err := roomLeft(tx.Statement.Context, gormTx{tx}, post.UserID, false)
		if errors.As(err, &Invalid{}) || err == nil && size > left {
			return Invalid{"content": Say("The %d files that you add belong to %s with the post, who has no room for them. Take them out of the text.", count, post.User.Username)}
		}
		if err != nil {
			return err
		}
	}
	return tx.Exec("update files set post_id = ?, user_id = ?"+free, post.ID, post.UserID, ids, by.ID).Error
}

// ownImage shows an image of the post's own, in the widths that there are; false where the address is none of these.
func (f *furnisher) ownImage(node *nethtml.Node) bool {
	found := fileMentioned.FindStringSubmatch(strings.TrimSpace(attr(node, "src")))
	if found == nil || !strings.HasPrefix(strings.TrimSpace(attr(node, "src")), "/files/") {
		return false
	}
	id, err := strconv.ParseInt(found[1], 10, 64)
	file := f.files[id]
	if err != nil || file == nil || !file.IsImage() {
		return false
	}
	alt := strings.TrimSpace(attr(node, "alt"))
	if alt == "" {
		alt = file.Alt
	}
	path := (&url.URL{Path: file.Path()}).String()
	node.Attr = nil
	setAttr(node, "src", path)
	if len(file.Widths) > 0 {
		var set strings.Builder
		for _, w := range file.Widths {
			fmt.Fprintf(&set, "%s?w=%d %[2]dw, ", path, w.Width)
		}
		fmt.Fprintf(&set, "%s %dw", path, file.Width)
		setAttr(node, "srcset", set.String())
		setAttr(node, "sizes", imageSizes)
	}
	setAttr(node, "width", strconv.Itoa(file.Width))
	setAttr(node, "height", strconv.Itoa(file.Height))
	setAttr(node, "alt", alt)
	setAttr(node, "loading", "lazy")
	return true
}

// imageSizes is how wide an image in a text is shown at most: as wide as the text, as site.css has it.
const imageSizes = "(min-width: 42rem) 38rem, 100vw"

// image shows an image of the post's own, and leaves of any other a link.
func (f *furnisher) image(node *nethtml.Node) {
	if !f.ownImage(node) {
		imageToLink(node)
	}
}

// filesOfAll finds the files of the posts that mention any.
func (s *Store) filesOfAll(ctx context.Context, posts []Post) (map[int64]Files, error) {
	var ids []int64
	for _, post := range posts {
		if fileMentioned.MatchString(post.Content) {
			ids = append(ids, post.ID)
		}
	}
	if ids == nil {
		return nil, nil
	}
	list, err := filesWhere(ctx, s.pool, "f.post_id = any($1)", ids)
	if err != nil {
		return nil, Explain(err)
	}
	found := map[int64]Files{}
	for i := range list {
		file := &list[i]
		if found[file.PostID] == nil {
			found[file.PostID] = Files{}
		}
		found[file.PostID][file.ID] = file
	}
	return found, nil
}

// attachedTo are the files of a post that its text does not show.
func attachedTo(post *Post, encoded []byte) (files []File, err error) {
	if len(encoded) <= 2 {
		return nil, nil
	}
	if err := json.Unmarshal(encoded, &files); err != nil {
		return nil, err
	}
	shown := mentionedFiles(post.ContentHTML)
	return slices.DeleteFunc(files, func(f File) bool { return slices.Contains(shown, f.ID) }), nil
}
