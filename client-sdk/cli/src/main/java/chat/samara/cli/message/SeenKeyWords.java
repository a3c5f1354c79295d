package chat.samara.cli.message;

import chat.samara.client.channel.KeySighting;
import chat.samara.client.channel.SeenKey;
import chat.samara.mls.codec.Bytes;
import java.time.Instant;
import java.time.ZoneOffset;

/** How an identity key was seen, and through whom: whose word it is that the key is the member's. */
public final class SeenKeyWords {
    static final int DIGITS = 12;

    private SeenKeyWords() {}

    /** So much of a key as a person needs to tell it from others. */
    public static String shortKey(Bytes key) {
        return key.hex().substring(0, DIGITS);
    }

    static String of(SeenKey key, ChannelNames names) {
        return shortKey(key.identityKey()) + " " + of(key.first(), names);
    }

    /** What stands behind a key's name. */
    public static String of(KeySighting seen, ChannelNames names) {
        // When this device read it: whoever brought the key in may have done so long before.
        String day = "on " + day(seen.millis());
        if (seen instanceof KeySighting.InChannel in) {
            String channel = "channel " + names.of(in.channel());
            return in.foundThere()
                    ? "stood in " + channel + " already when " + MessageSentence.name(in.through())
                            + " added you, seen " + day
                    : "was brought into " + channel + " by " + MessageSentence.name(in.through()) + ", seen " + day;
        }
        return "was given out by your server " + day;
    }

    /** {@code {"type":"in_channel", channel, through, found_there, time}} or {@code {"type":"from_directory", time}}. */
    public static JsonLine json(KeySighting seen) {
        JsonLine line = seen instanceof KeySighting.InChannel in
                ? new JsonLine("in_channel")
                        .with("channel", in.channel().toString())
                        .with("through", in.through().toString())
                        .with("found_there", in.foundThere())
                : new JsonLine("from_directory");
        return line.withTime("time", seen.millis());
    }

    /** A date, as people compare dates. */
    public static String day(long millis) {
        return Instant.ofEpochMilli(millis).atZone(ZoneOffset.UTC).toLocalDate().toString();
    }
}
