package models

import (
	"context"
	"errors"

	"postroom/models/picture"
)

// The widths in which an image is offered, where it is wider, and those of a portrait.
var (
	imageWidths    = []int{480, 960, 1600, 2400}
	portraitSide   = 256
	portraitWidths = []int{96}
)

// makeImages reads the image that came in and puts in its place what is shown of it: upright, without anything beside its pixels,
// and smaller ones. Images are held in memory as a whole, so one is made at a time.
func (a *arrival) makeImages(ctx context.Context, f *File) error {
	s := a.store
	select {
	case s.images <- struct{}{}:
		defer func() { <-s.images }()
	case <-ctx.Done():
		return Explain(ctx.Err())
	}
	made, err := picture.Open(&object{ctx: ctx, store: s, object: f.object, size: f.Size}, f.Type)
	switch {
	case errors.Is(err, picture.ErrTooLarge):
		return &TooLarge{Say("The image has too many pixels: %d million are the most, and fewer of some kinds.", picture.MaxPixels/1_000_000)}
	case errors.Is(err, picture.ErrMoves):
		return Invalid{"file": Say("A WebP image that moves cannot be shown. Save it as GIF or as animated PNG.")}
	case errors.Is(err, picture.ErrBroken):
		return Invalid{"file": Say("The image cannot be read: it is broken, or of a kind that is not known here.")}
	case err != nil:
		return err
	}
	if !f.Avatar && f.Type == "image/jpeg" && picture.IsBare(&object{ctx: ctx, store: s, object: f.object, size: f.Size}) { // an export, for one
		f.Name = named(f.Name, made.Type)
		f.Width, f.Height = made.Size()
		return a.makeWidths(ctx, f, made, imageWidths)
	}
	encode, widths := made.Encode, imageWidths
	if f.Avatar {
		made = made.Square(portraitSide)
		encode, widths = made.EncodeSmaller, portraitWidths
	}
	w, err := a.newObject(ctx)
	if err == nil {
		err = encode(w)
	}
	if err == nil {
		err = w.flush()
	}
	if err != nil {
		return err
	}
	f.object, f.Size, f.SHA256, f.Type, f.Name = w.object, w.size, w.sum.Sum(nil), made.Type, named(f.Name, made.Type)
	f.Width, f.Height = made.Size()
	if made.Animated {
		return nil
	}
	return a.makeWidths(ctx, f, made, widths)
}

// makeWidths makes the smaller ones, each from the next larger one.
func (a *arrival) makeWidths(ctx context.Context, f *File, from *picture.Picture, widths []int) error {
	for i := len(widths) - 1; i >= 0; i-- {
		if widths[i] >= f.Width {
			continue
		}
		from = from.Scaled(widths[i])
		w, err := a.newObject(ctx)
		if err == nil {
			err = from.EncodeSmaller(w)
		}
		if err == nil {
			err = w.flush()
		}
		if err != nil {
			return err
		}
		width, height := from.Size()
		f.Widths = append([]FileImage{{Type: from.Type, Width: width, Height: height, Size: w.size, object: w.object}}, f.Widths...)
	}
	return nil
}
