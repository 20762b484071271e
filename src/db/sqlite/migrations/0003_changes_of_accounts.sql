PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_session_changes` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`session_id` blob,
	`user_id` blob,
	`at` integer NOT NULL,
	`mark` integer
);
--> statement-breakpoint
INSERT INTO `__new_session_changes`("seq", "session_id", "user_id", "at", "mark") SELECT "seq", "session_id", NULL, "at", "mark" FROM `session_changes`;--> statement-breakpoint
DROP TABLE `session_changes`;--> statement-breakpoint
ALTER TABLE `__new_session_changes` RENAME TO `session_changes`;--> statement-breakpoint
PRAGMA foreign_keys=ON;