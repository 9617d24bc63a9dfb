package models

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
)

// sampledLines is how many lines a sample looks at, and sampleCells how many different cells of a column it keeps.
const (
	sampledLines = 20
	sampleCells  = 3
)

// ImportSample is a few different cells of each column, for whoever matches them to fields.
func (s *Store) ImportSample(ctx context.Context, i *Import) ([][]string, error) {
	rows, err := s.pool.Query(ctx, `select cells from import_lines where import_id = $1 and problem is null order by line limit $2`, i.ID, sampledLines)
	if err != nil {
		return nil, Explain(err)
	}
	samples := make([][]string, len(i.Columns))
	var cells []string
	_, err = pgx.ForEachRow(rows, []any{&cells}, func() error {
		for n, cell := range cells {
			if n < len(samples) && cell != "" && len(samples[n]) < sampleCells && !slices.Contains(samples[n], glimpse(cell)) {
				samples[n] = append(samples[n], glimpse(cell))
			}
		}
		return nil
	})
	return samples, Explain(err)
}
