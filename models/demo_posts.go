package models

import (
	"context"
	"slices"

	"postroom/models/demo"
)

// posts loads the posts of these numbers.
func (l *demoLoad) posts(ctx context.Context, numbers []int32) error {
	var post demo.Post
	l.lines = l.lines[:0]
	err := copyRows(ctx, l.tx, `copy posts (id, user_id, title, content, content_html, excerpt, words, headings, tags, status,
			visibility, publish_at, created_at, updated_at, published_at) from stdin (format binary)`, func(b copyBuffer) (copyBuffer, bool) {
		if len(numbers) == 0 {
			return b, false
		}
		number := int(numbers[0])
		numbers = numbers[1:]
		l.writer.Post(number, &post)
		b = b.row(15).int8(l.postID(number)).int8(l.ids[post.Author]).text(post.Title)
		b = l.pieces.append(b, post.Blocks).texts(post.Tags)
		visibility := VisibilityPublic
		switch {
		case post.Members:
			visibility = VisibilityMembers
		case post.Unlisted:
			visibility = VisibilityUnlisted
		}
		switch {
		case !post.Appears.IsZero():
			b = b.text(StatusScheduled).text(visibility).time(post.Appears).time(post.Created).time(post.Updated).null()
		case post.Published.IsZero():
			b = b.text(StatusDraft).text(visibility).null().time(post.Created).time(post.Updated).null()
		default:
			b = b.text(StatusPublished).text(visibility).null().time(post.Created).time(post.Updated).time(post.Published)
		}
		if !post.Published.IsZero() && !post.Unlisted {
			l.lines = append(l.lines, demoLine{l.postID(number), l.ids[post.Author], post.Title, slices.Clone(post.Tags), slices.Clone(post.Blocks), post.Published, post.Members})
		}
		l.step()
		return b, true
	})
	if err != nil {
		return err
	}
	return l.found(ctx)
}

// found loads what the posts at hand are found by.
func (l *demoLoad) found(ctx context.Context) error {
	if err := l.words.learn(ctx, l.tx, l.lines); err != nil {
		return err
	}
	i := 0
	err := copyRows(ctx, l.tx, "copy post_words (post_id, published_at, members, words) from stdin (format binary)", func(b copyBuffer) (copyBuffer, bool) {
		if i == len(l.lines) {
			return b, false
		}
		line := &l.lines[i]
		i++
		return l.words.append(b.row(4).int8(line.id).time(line.published).bool(line.members), line), true
	})
	if err != nil {
		return err
	}
	i = 0
	one := max(1, l.people.Posts()/demoSpelled)
	return copyRows(ctx, l.tx, "copy spelling_notes (post_id) from stdin (format binary)", func(b copyBuffer) (copyBuffer, bool) {
		if i >= len(l.lines) {
			return b, false
		}
		b = b.row(1).int8(l.lines[i].id)
		i += one
		return b, true
	})
}
