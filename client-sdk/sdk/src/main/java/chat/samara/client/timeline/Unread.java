package chat.samara.client.timeline;

import java.util.Optional;

/**
 * What others have said in a channel, or what cannot be read, behind the place up to which a person has read it.
 *
 * @param count how many; {@link #COUNT_MAX} also if there are more
 * @param isMore whether there are more, or may be
 * @param first the first of them; empty if there is none
 */
public record Unread(int count, boolean isMore, Optional<ItemKey> first) {
    /** Beyond this they are not counted. */
    public static final int COUNT_MAX = 1_000;

    /** All was read. */
    public static final Unread NONE = new Unread(0, false, Optional.empty());
}
