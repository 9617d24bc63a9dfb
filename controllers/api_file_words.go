package controllers

import "postroom/models"

// withFiles adds what fields say of files.
func withFiles(words map[string]word) map[string]word {
	for name, w := range map[string]word{
		"File.post_id": {models.Say("The number of the post that it is in; absent while it is in none."), 12, nil},
		"File.name":    {models.Say("Its name, as it is downloaded."), "fjord.jpg", nil},
		"File.type":    {models.Say("The type that was found in its bytes."), "image/jpeg", nil},
		"File.size":    {models.Say("In bytes. An image is written anew, so it is not the size that was sent."), 481516, nil},
		"sha256":       {models.Say("The SHA-256 of its bytes, and their entity tag."), "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", nil},
		"url":          {models.Say("Where its bytes are, for who may read the post; ranges and entity tags are understood. With ?w= one of the widths."), "/files/31-fjord.jpg", nil},
		"markdown":     {models.Say("What shows it in a text."), "![Fog over the fjord](/files/31-fjord.jpg)", nil},
		"width":        {models.Say("Of an image, upright, in pixels."), 4032, nil},
		"height":       {models.Say("Of an image, upright, in pixels."), 3024, nil},
		"widths":       {models.Say("The smaller widths of an image."), []int{480, 960, 1600, 2400}, nil},
		"alt":          {models.Say("What an image shows, for who does not see it."), "Fog over the fjord", nil},
	} {
		words[name] = w
	}
	return words
}
