CREATE TABLE `leases` (
	`task` text PRIMARY KEY NOT NULL,
	`holder` text NOT NULL,
	`until` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `one_time_tokens` (
	`hash` blob PRIMARY KEY NOT NULL,
	`purpose` text NOT NULL,
	`user_id` blob NOT NULL,
	`password_changed_at` integer NOT NULL,
	`email_key` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `one_time_tokens_user_id` ON `one_time_tokens` (`user_id`,`purpose`);--> statement-breakpoint
CREATE INDEX `one_time_tokens_expires_at` ON `one_time_tokens` (`expires_at`);--> statement-breakpoint
CREATE TABLE `outbox` (
	`id` blob PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`user_id` blob NOT NULL,
	`recipient` text,
	`sealed` blob,
	`created_at` integer NOT NULL,
	`retry_until` integer NOT NULL,
	`expires_at` integer,
	`attempts` integer DEFAULT 0 NOT NULL,
	`next_attempt_at` integer,
	`sent_at` integer,
	`given_up_at` integer,
	`last_error` text
);
--> statement-breakpoint
CREATE INDEX `outbox_due` ON `outbox` (`next_attempt_at`) WHERE next_attempt_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `outbox_user_id` ON `outbox` (`user_id`,`kind`,`created_at`);--> statement-breakpoint
CREATE INDEX `outbox_created_at` ON `outbox` (`created_at`);--> statement-breakpoint
ALTER TABLE `users` ADD `email_confirmed_at` integer;--> statement-breakpoint
ALTER TABLE `users` ADD `locale` text;--> statement-breakpoint
ALTER TABLE `users` ADD `sign_in_notices` integer DEFAULT true NOT NULL;