CREATE TABLE `auth_events` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`type` text NOT NULL,
	`user_id` blob,
	`session_id` blob,
	`actor_id` blob,
	`ip` text,
	`user_agent` text,
	`reason` text
);
--> statement-breakpoint
CREATE INDEX `auth_events_at` ON `auth_events` (`at`);--> statement-breakpoint
CREATE INDEX `auth_events_type` ON `auth_events` (`type`);--> statement-breakpoint
CREATE INDEX `auth_events_user_id` ON `auth_events` (`user_id`);--> statement-breakpoint
CREATE INDEX `auth_events_actor_id` ON `auth_events` (`actor_id`) WHERE actor_id IS NOT NULL;--> statement-breakpoint
CREATE TABLE `login_throttles` (
	`key` blob PRIMARY KEY NOT NULL,
	`failures` integer NOT NULL,
	`last_failed_at` integer NOT NULL,
	`forget_at` integer
);
--> statement-breakpoint
CREATE INDEX `login_throttles_forget_at` ON `login_throttles` (`forget_at`);--> statement-breakpoint
CREATE TABLE `session_changes` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`session_id` blob NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` blob PRIMARY KEY NOT NULL,
	`user_id` blob NOT NULL,
	`seed` blob NOT NULL,
	`generation` integer NOT NULL,
	`rotated_at` integer NOT NULL,
	`confirmed_at` integer,
	`authenticated_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`remember` integer NOT NULL,
	`idle_expires_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`revoked_at` integer,
	`revoked_reason` text,
	`ip` text NOT NULL,
	`user_agent` text NOT NULL,
	`last_seen_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `sessions_user_id` ON `sessions` (`user_id`,`revoked_at`);--> statement-breakpoint
CREATE INDEX `sessions_expires_at` ON `sessions` (`expires_at`);--> statement-breakpoint
CREATE TABLE `signing_keys` (
	`kid` text PRIMARY KEY NOT NULL,
	`first_used_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `users` (
	`id` blob PRIMARY KEY NOT NULL,
	`email` text NOT NULL,
	`email_key` text NOT NULL,
	`name` text,
	`role` text NOT NULL,
	`password_hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`password_changed_at` integer NOT NULL,
	`password_change_required_at` integer,
	`disabled_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_email_key_unique` ON `users` (`email_key`);--> statement-breakpoint
CREATE INDEX `users_administrators` ON `users` (`role`) WHERE role = 'admin';