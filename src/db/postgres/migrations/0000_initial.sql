CREATE TABLE "auth_events" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "auth_events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" bigint NOT NULL,
	"type" text COLLATE "C" NOT NULL,
	"user_id" uuid,
	"session_id" "bytea",
	"actor_id" uuid,
	"ip" text COLLATE "C",
	"user_agent" text COLLATE "C",
	"reason" text COLLATE "C",
	"facts" text
);
--> statement-breakpoint
CREATE TABLE "clients" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"secret_hash" "bytea" NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "key_pairs" (
	"kid" text COLLATE "C" PRIMARY KEY NOT NULL,
	"algorithm" text COLLATE "C" NOT NULL,
	"sealed" "bytea" NOT NULL,
	"created_at" bigint NOT NULL,
	"signs_from" bigint,
	"expires_at" bigint,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "key_pairs_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1)
);
--> statement-breakpoint
CREATE TABLE "login_throttles" (
	"key" "bytea" PRIMARY KEY NOT NULL,
	"failures" bigint NOT NULL,
	"last_failed_at" bigint NOT NULL,
	"forget_at" bigint
);
--> statement-breakpoint
CREATE TABLE "session_changes" (
	"seq" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "session_changes_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"session_id" "bytea",
	"user_id" uuid,
	"at" bigint NOT NULL,
	"mark" bigint,
	"xid" "xid8" DEFAULT pg_current_xact_id() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" "bytea" PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"seed" "bytea" NOT NULL,
	"generation" bigint NOT NULL,
	"rotated_at" bigint NOT NULL,
	"confirmed_at" bigint,
	"authenticated_at" bigint NOT NULL,
	"created_at" bigint NOT NULL,
	"remember" boolean NOT NULL,
	"idle_expires_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"revoked_at" bigint,
	"revoked_reason" text COLLATE "C",
	"ip" text COLLATE "C" NOT NULL,
	"user_agent" text COLLATE "C" NOT NULL,
	"last_seen_at" bigint NOT NULL,
	"handed_at" bigint,
	"used_at" bigint,
	"fallbacks" integer DEFAULT 0 NOT NULL,
	"is_by_cookie" boolean DEFAULT true NOT NULL
);
--> statement-breakpoint
CREATE TABLE "signing_keys" (
	"kid" text COLLATE "C" PRIMARY KEY NOT NULL,
	"first_used_at" bigint NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "signing_keys_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1)
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email" text COLLATE "C" NOT NULL,
	"email_key" text COLLATE "C" NOT NULL,
	"name" text COLLATE "C",
	"role" text COLLATE "C" NOT NULL,
	"password_hash" text COLLATE "C" NOT NULL,
	"created_at" bigint NOT NULL,
	"password_changed_at" bigint NOT NULL,
	"password_change_required_at" bigint,
	"disabled_at" bigint,
	CONSTRAINT "users_email_key_unique" UNIQUE("email_key")
);
--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "auth_events_at" ON "auth_events" USING btree ("at");--> statement-breakpoint
CREATE INDEX "auth_events_type" ON "auth_events" USING btree ("type","id");--> statement-breakpoint
CREATE INDEX "auth_events_user_id" ON "auth_events" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "auth_events_actor_id" ON "auth_events" USING btree ("actor_id","id") WHERE actor_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX "login_throttles_forget_at" ON "login_throttles" USING btree ("forget_at");--> statement-breakpoint
CREATE INDEX "session_changes_xid" ON "session_changes" USING btree ("xid");--> statement-breakpoint
CREATE INDEX "sessions_user_id" ON "sessions" USING btree ("user_id","revoked_at");--> statement-breakpoint
CREATE INDEX "sessions_expires_at" ON "sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "users_administrators" ON "users" USING btree ("role") WHERE role = 'admin';