package chat.samara.client.device;

import chat.samara.client.channel.KeySighting;
import chat.samara.client.channel.SeenKey;
import chat.samara.client.stored.StoredKeySighting;
import chat.samara.client.stored.StoredPinnedKey;
import chat.samara.client.stored.StoredSeenKey;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.log.ChannelId;
import java.util.ArrayList;
import java.util.List;

/** How identity keys were seen, as rows of PIN and HISTORY keep it: each channel once, and the own server's answer once. */
final class KeySightings {
    private static final int CHANNEL_DIGITS_NAMED = 12;

    private KeySightings() {}

    /** The key, with one more sighting if that is a new one. Of very many the first stays, and the latest. */
    static StoredPinnedKey with(StoredPinnedKey key, KeySighting seen) {
        StoredKeySighting row = stored(seen);
        boolean known = key.getSightingsList().stream()
                .anyMatch(before -> before.getChannel().equals(row.getChannel()));
        if (known) {
            return key;
        }
        List<StoredKeySighting> kept = new ArrayList<>(key.getSightingsList());
        if (kept.size() >= Limits.SIGHTINGS_PER_KEY_MAX) {
            kept.remove(1);
        }
        kept.add(row);
        return key.toBuilder().clearSightings().addAllSightings(kept).build();
    }

    static List<KeySighting> of(StoredPinnedKey key) {
        return key.getSightingsList().stream().map(KeySightings::of).toList();
    }

    /** Of a key that was only seen: such a key has a first sighting. */
    static SeenKey first(StoredPinnedKey key) {
        return new SeenKey(Stored.bytes(key.getIdentityKey()), of(key.getSightings(0)));
    }

    static StoredSeenKey stored(SeenKey key) {
        return StoredSeenKey.newBuilder()
                .setIdentityKey(Stored.bytes(key.identityKey()))
                .setFirst(stored(key.first()))
                .build();
    }

    static SeenKey of(StoredSeenKey row) {
        return new SeenKey(Stored.bytes(row.getIdentityKey()), of(row.getFirst()));
    }

    private static StoredKeySighting stored(KeySighting seen) {
        StoredKeySighting.Builder row = StoredKeySighting.newBuilder().setMillis(seen.millis());
        if (seen instanceof KeySighting.InChannel in) {
            row.setChannel(Stored.bytes(in.channel().bytes()))
                    .setThrough(in.through().toString())
                    .setFoundThere(in.foundThere());
        }
        return row.build();
    }

    private static KeySighting of(StoredKeySighting row) {
        Bytes channel = Stored.bytes(row.getChannel());
        return channel.isEmpty()
                ? new KeySighting.FromDirectory(row.getMillis())
                : new KeySighting.InChannel(
                        new ChannelId(channel),
                        HistoryBook.user(row.getThrough()),
                        row.getFoundThere(),
                        row.getMillis());
    }

    /** For a sentence: who says that it is the member's key, and where. */
    static String sentence(KeySighting seen) {
        if (seen instanceof KeySighting.InChannel in) {
            String channel = in.channel().toString().substring(0, CHANNEL_DIGITS_NAMED);
            return in.foundThere()
                    ? "found in channel " + channel + " when " + in.through() + " added this device"
                    : in.through() + " brought it into channel " + channel;
        }
        return "the own server gave it out";
    }
}
