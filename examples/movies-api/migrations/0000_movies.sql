CREATE TABLE `movies` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`owner_id` text NOT NULL,
	`title` text NOT NULL,
	`year` integer NOT NULL,
	`director` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `movies_owner_id` ON `movies` (`owner_id`);