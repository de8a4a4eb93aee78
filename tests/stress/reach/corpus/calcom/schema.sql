CREATE TYPE "BookingStatus" AS ENUM ('cancelled', 'accepted', 'rejected', 'pending', 'awaiting_host');
CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
CREATE TABLE users (id int PRIMARY KEY, username text UNIQUE, email email NOT NULL, "timeZone" text NOT NULL DEFAULT 'UTC', "organizationId" int);
CREATE TABLE "Team" (id int PRIMARY KEY, name text NOT NULL, "parentId" int, "isOrganization" boolean NOT NULL DEFAULT false);
CREATE TABLE "Membership" ("teamId" int NOT NULL, "userId" int NOT NULL, accepted boolean NOT NULL, role text NOT NULL DEFAULT 'MEMBER', PRIMARY KEY ("userId", "teamId"));
CREATE TABLE "EventType" (id int PRIMARY KEY, title text NOT NULL, slug text NOT NULL, length int NOT NULL, "userId" int, "teamId" int, "parentId" int, hidden boolean NOT NULL DEFAULT false, locations jsonb);
CREATE TABLE "Booking" (
    id int PRIMARY KEY, uid text NOT NULL UNIQUE, "userId" int, "eventTypeId" int, title text NOT NULL, "startTime" timestamp(3) NOT NULL, "endTime" timestamp(3) NOT NULL,
    "createdAt" timestamp(3) NOT NULL, status "BookingStatus" NOT NULL DEFAULT 'accepted', paid boolean NOT NULL DEFAULT false, "fromReschedule" text, rating int, responses jsonb
);
CREATE TABLE "Attendee" (id int PRIMARY KEY, email email NOT NULL, name text NOT NULL, "timeZone" text NOT NULL, "bookingId" int, "noShow" boolean DEFAULT false);
CREATE TABLE "Availability" (id int PRIMARY KEY, "userId" int, days int[] NOT NULL, "startTime" time NOT NULL, "endTime" time NOT NULL, date date);
CREATE TABLE "OutOfOffice" (id int PRIMARY KEY, "userId" int NOT NULL, period daterange NOT NULL, reason text);
CREATE TABLE holidays (country char(2) NOT NULL, day date NOT NULL, PRIMARY KEY (country, day));
CREATE INDEX ON "Booking" ("userId");
CREATE INDEX ON "Booking" ("eventTypeId");
CREATE INDEX ON "Booking" ("fromReschedule");
CREATE INDEX ON "Attendee" ("bookingId");
CREATE INDEX ON "Attendee" (email);
CREATE INDEX ON "Availability" ("userId");
CREATE INDEX ON "OutOfOffice" ("userId");
CREATE INDEX ON "Membership" ("teamId");
CREATE INDEX ON "EventType" ("userId");
CREATE INDEX ON "EventType" ("teamId");
