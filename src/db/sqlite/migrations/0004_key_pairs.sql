CREATE TABLE `key_pairs` (
	`kid` text PRIMARY KEY NOT NULL,
	`algorithm` text NOT NULL,
	`sealed` blob NOT NULL,
	`created_at` integer NOT NULL,
	`signs_from` integer,
	`expires_at` integer
);
