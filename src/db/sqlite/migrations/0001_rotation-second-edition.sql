ALTER TABLE `auth_events` ADD `facts` text;--> statement-breakpoint
ALTER TABLE `sessions` ADD `handed_at` integer;--> statement-breakpoint
ALTER TABLE `sessions` ADD `used_at` integer;--> statement-breakpoint
ALTER TABLE `sessions` ADD `fallbacks` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `sessions` ADD `is_by_cookie` integer DEFAULT true NOT NULL;