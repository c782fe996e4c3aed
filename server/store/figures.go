package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
)

// Figures returns the figures that SetFigures kept, by key.
func (s *Store) Figures(ctx context.Context) (map[string]map[string]string, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT key, made FROM figures`)
	if err != nil {
		return nil, fmt.Errorf("read figures: %w", err)
	}
	defer rows.Close()
	all := map[string]map[string]string{}
	for rows.Next() {
		var key, text string
		if err := rows.Scan(&key, &text); err != nil {
			return nil, fmt.Errorf("read figures: %w", err)
		}
		made := map[string]string{}
		if json.Unmarshal([]byte(text), &made) == nil { // one that cannot be read is made again
			all[key] = made
		}
	}
	return all, rows.Err()
}

// SetFigures keeps these figures and forgets all others.
func (s *Store) SetFigures(ctx context.Context, all map[string]map[string]string) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM figures`); err != nil {
			return fmt.Errorf("forget figures: %w", err)
		}
		for key, made := range all {
			text, err := json.Marshal(made)
			if err != nil {
				return fmt.Errorf("keep figures: %w", err)
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO figures (key, made) VALUES ($1, $2)`, key, string(text)); err != nil {
				return fmt.Errorf("keep figures: %w", err)
			}
		}
		return nil
	})
}
