package chat.samara.client.channel;

/** What becomes of a new channel whose name is, to a reader, that of another that this member is in: by its name alone nobody could say which is meant. */
public enum SameName {
    /** It is refused ({@code CHANNEL_CALLED_SO}), for the person to decide. */
    REFUSED,
    /** It is made: a person has said so, or whoever asks knows its channels by their ids. */
    ALLOWED
}
