package chat.samara.client.profile.tree;

/** A row's value: in its leaf if it is short, else in a page of its own. */
sealed interface Value permits Value.Inline, PageRef {
    /** A short one. */
    final class Inline implements Value {
        private final byte[] bytes;

        Inline(byte[] bytes) {
            this.bytes = bytes;
        }

        /** The live array. */
        byte[] bytes() {
            return bytes;
        }
    }
}
