CREATE TABLE `registrations` (
	`hash` blob PRIMARY KEY NOT NULL,
	`email` text NOT NULL,
	`email_key` text NOT NULL,
	`name` text,
	`locale` text,
	`password_hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `registrations_email_key` ON `registrations` (`email_key`);--> statement-breakpoint
CREATE INDEX `registrations_expires_at` ON `registrations` (`expires_at`);--> statement-breakpoint
ALTER TABLE `users` ADD `invited_at` integer;