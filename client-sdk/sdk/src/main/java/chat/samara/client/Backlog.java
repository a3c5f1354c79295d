package chat.samara.client;

/**
 * How far an application may lag behind what it is told. Bytes are those of the texts, about.
 *
 * @param eventsHeld with so many events waiting, the server is given no further credit for entries
 * @param bytesHeld the same, in bytes
 * @param eventsMax with so many waiting, further ones are left out, and the application is told that they were
 * @param bytesMax the same, in bytes
 */
record Backlog(int eventsHeld, long bytesHeld, int eventsMax, long bytesMax) {
    /** What else comes than entries, or was on its way, finds room between the two. */
    static final Backlog STANDARD = new Backlog(2_000, 4L << 20, 20_000, 32L << 20);
}
