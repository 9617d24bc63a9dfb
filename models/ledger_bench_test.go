package models_test

import (
	"math/rand/v2"
	"testing"

	"github.com/shopspring/decimal"

	"postroom/models"
	"postroom/models/modelstest"
)

func BenchmarkThank(b *testing.B) {
	store, conn := behind(b)
	var users []*models.User
	for range 100 {
		u := modelstest.User(b, store)
		grant(b, conn, u, "100000")
		users = append(users, u)
	}
	ctx := modelstest.Context(b)
	b.SetParallelism(8)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			from, to := users[rand.IntN(100)], users[rand.IntN(100)]
			if from == to {
				continue
			}
			if _, err := store.Thank(ctx, from, models.NewThanks{To: to.ID, Amount: decimal.New(1, 0)}); err != nil {
				b.Error(err)
			}
		}
	})
}
