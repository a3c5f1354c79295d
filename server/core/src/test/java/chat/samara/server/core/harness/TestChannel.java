package chat.samara.server.core.harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.Processed;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.GenesisIn;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.LogVerifier;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.SignedHead;
import chat.samara.wire.proto.WaitingWelcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A device's view of a channel: verifies the log as a client does, and opens what it can. */
public final class TestChannel {
    private final TestDevice device;
    private final ChannelId id;
    private final List<Entry> entries = new ArrayList<>();
    private final List<String> texts = new ArrayList<>();
    private final Map<Bytes, String> said = new HashMap<>();
    private Optional<Group> group = Optional.empty();
    private Optional<Bytes> hubRootKey = Optional.empty();
    private LogPosition position;
    private long deviceSeq;
    private boolean headSeen;
    private Optional<SignedHead> newestHead = Optional.empty();

    TestChannel(TestDevice device, ChannelId id) {
        this.device = device;
        this.id = id;
        this.position = LogPosition.start(id);
    }

    public ChannelId id() {
        return id;
    }

    public Group group() {
        return group.orElseThrow(() -> new IllegalStateException("no group yet, expected to have joined"));
    }

    public long seq() {
        return position.seq();
    }

    /** The entries that came, in order. */
    public List<Entry> entries() {
        return entries;
    }

    /** What members said, in the log's order. */
    public List<String> texts() {
        return texts;
    }

    /** Whether the last frame said that this is the log's end. */
    public boolean atHead() {
        return headSeen;
    }

    /** The newest head that came. */
    public Optional<SignedHead> newestHead() {
        return newestHead;
    }

    private static long seqOf(SignedHead head) {
        try {
            return HeadIn.of(head).claimedSeq();
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
    }

    public long nextDeviceSeq() {
        return deviceSeq + 1;
    }

    void used() {
        deviceSeq++;
    }

    /** The server expects this number next. */
    public void expectDeviceSeq(long next) {
        deviceSeq = next - 1;
    }

    /** This device has founded the group. */
    public void begin(Group founded) {
        group = Optional.of(founded);
    }

    void join(Group joined, WaitingWelcome welcome) {
        group = Optional.of(joined);
        try {
            hubRootKey = Optional.of(GenesisIn.decode(Protobuf.toBytes(welcome.getSignedGenesis()))
                    .verify(id)
                    .hubRootKey());
        } catch (RefusedException e) {
            throw new AssertionError("a Welcome with a genesis that does not fit", e);
        }
        position = new LogPosition(id, 1, welcome.getSeq(), Protobuf.toBytes(welcome.getEntryHash()));
    }

    public int leafOf(TestDevice target) {
        return group().members().stream()
                .filter(member -> TestDevice.userDevice(member).equals(target.who()))
                .findFirst()
                .orElseThrow(() -> new AssertionError(target.user() + " is not in the group"))
                .leafIndex();
    }

    void received(Entries frame) {
        List<EntryIn> in = new ArrayList<>();
        try {
            for (LogEntry each : frame.getEntriesList()) {
                EntryIn entry = EntryIn.shown(each);
                if (position.isStart() && entry.claimedSeq() > 1) {
                    // The device has not joined yet: there is nothing to check the entries against.
                    return;
                }
                if (entry.claimedSeq() > position.seq()) {
                    in.add(entry);
                }
            }
            Optional<HeadIn> head = frame.hasHead() ? Optional.of(HeadIn.of(frame.getHead())) : Optional.empty();
            headSeen = head.isPresent();
            if (frame.hasHead()) {
                newestHead = newestHead
                        .filter(known -> seqOf(known) > seqOf(frame.getHead()))
                        .or(() -> Optional.of(frame.getHead()));
            }
            LogVerifier verifier = LogVerifier.ofHub(hubKey());
            LogVerifier.Verified verified = verifier.verify(position, in, head);
            verified.entries().forEach(this::apply);
            position = verified.position();
        } catch (RefusedException e) {
            throw new AssertionError(device.user() + " got entries that do not fit: " + e.refusal(), e);
        }
    }

    private Bytes hubKey() {
        return hubRootKey.orElseGet(() -> device.server().identity().rootPublicKey());
    }

    private void apply(Entry entry) {
        entries.add(entry);
        if (group.isEmpty() || !group.get().isActive()) {
            return;
        }
        Record record = entry.record();
        try {
            switch (record.kind()) {
                case APPLICATION, PROPOSAL -> open(record.payload());
                case COMMIT -> open(Bytes.of(Payload.commit(record).getCommit().toByteArray()));
                default -> {
                    // Nothing to decrypt.
                }
            }
        } catch (MlsException | RefusedException e) {
            texts.add("(" + e.getMessage() + ")");
        }
    }

    private void open(Bytes message) throws MlsException {
        if (record(message)) {
            return;
        }
        Processed processed = group().process(message.toByteArray());
        if (processed instanceof Processed.ApplicationMessage it) {
            texts.add(new String(it.plaintext().toByteArray(), UTF_8));
        } else if (processed instanceof Processed.CommitReceived it) {
            group().merge(it.commit());
        }
    }

    // A sender cannot open its own message: it remembers what it said.
    private boolean record(Bytes message) {
        String own = said.get(message);
        if (own != null) {
            texts.add(own);
        }
        return own != null;
    }

    void said(Bytes message, String text) {
        said.put(message, text);
    }
}
