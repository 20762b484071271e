CREATE TABLE `address_changes` (
	`hash` blob PRIMARY KEY NOT NULL,
	`user_id` blob NOT NULL,
	`email` text NOT NULL,
	`email_key` text NOT NULL,
	`from_email_key` text NOT NULL,
	`password_changed_at` integer NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `address_changes_user_id_unique` ON `address_changes` (`user_id`);--> statement-breakpoint
CREATE INDEX `address_changes_expires_at` ON `address_changes` (`expires_at`);--> statement-breakpoint
CREATE TABLE `former_addresses` (
	`hash` blob PRIMARY KEY NOT NULL,
	`user_id` blob NOT NULL,
	`step` integer NOT NULL,
	`email` text NOT NULL,
	`email_key` text NOT NULL,
	`email_confirmed_at` integer,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `former_addresses_user_id` ON `former_addresses` (`user_id`,`step`);--> statement-breakpoint
CREATE INDEX `former_addresses_email_key` ON `former_addresses` (`email_key`);--> statement-breakpoint
CREATE INDEX `former_addresses_expires_at` ON `former_addresses` (`expires_at`);