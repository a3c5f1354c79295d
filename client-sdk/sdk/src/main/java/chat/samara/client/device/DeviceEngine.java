package chat.samara.client.device;

import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.Member;
import chat.samara.client.channel.Message;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import java.util.List;
import java.util.Optional;

/**
 * A device. Confined to one thread; every change is committed to the {@link DeviceStore} before any effect that depends on it is
 * returned. Deterministic: the same store, random bytes, events and times give the same effects.
 *
 * <p>Bytes from the server never cause an exception. If the store or a bug throws, the engine must be dropped: a new one over the
 * same store goes on from what is durable. Closing is dropping too.
 */
@SuppressWarnings("DoNotCallSuggester") // until the methods do something
public final class DeviceEngine {
    /** Makes the engine of a device; reads the store in {@link #start}. */
    public DeviceEngine(DeviceStore store, RandomSource random, EngineConfig config) {
        throw new UnsupportedOperationException("under construction: " + store + random + config);
    }

    /** To be called once, first. With an account in the store it asks for a connection. */
    public List<DeviceEffect> start(long nowMillis) {
        throw new UnsupportedOperationException("under construction");
    }

    /**
     * Takes one event.
     *
     * @param nowMillis milliseconds since 1970 UTC; never goes back within one life of the engine
     */
    public List<DeviceEffect> handle(DeviceEvent event, long nowMillis) {
        throw new UnsupportedOperationException("under construction");
    }

    /** Who this device is; empty before the first join. */
    public Optional<Account> account() {
        throw new UnsupportedOperationException("under construction");
    }

    /** Where the connection stands. */
    public ConnectionState connection() {
        throw new UnsupportedOperationException("under construction");
    }

    /** All channels that this device was ever in, in the order of their ids. */
    public List<ChannelState> channels() {
        throw new UnsupportedOperationException("under construction");
    }

    /** One of them. */
    public Optional<ChannelState> channel(ChannelId channel) {
        throw new UnsupportedOperationException("under construction");
    }

    /** The channel's members in the order of their ids; empty where this device is none. */
    public List<Member> members(ChannelId channel) {
        throw new UnsupportedOperationException("under construction");
    }

    /**
     * What is in the log, in its order.
     *
     * @param afterSeq start after this place; 0 for the beginning
     * @param countMax at most so many
     */
    public List<Message> history(ChannelId channel, long afterSeq, int countMax) {
        throw new UnsupportedOperationException("under construction");
    }

    /** What the hub has not ordered yet: provisional messages in the order of arrival, then own ones in the order of sending. */
    public List<Message> pending(ChannelId channel) {
        throw new UnsupportedOperationException("under construction");
    }

    /** The safety number to compare with a member, as groups of digits; empty if no key of theirs was seen yet. */
    public Optional<String> safetyNumber(UserId member) {
        throw new UnsupportedOperationException("under construction");
    }

    /** The hash of the entry that this device holds at a place (first 16 bytes), for tests and bug reports. */
    public Optional<Bytes> entryHash(ChannelId channel, long seq) {
        throw new UnsupportedOperationException("under construction");
    }
}
