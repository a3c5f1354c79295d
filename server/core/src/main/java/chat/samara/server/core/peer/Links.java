package chat.samara.server.core.peer;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Contained;
import chat.samara.server.core.Effect;
import chat.samara.server.core.Limits;
import chat.samara.server.core.LinkId;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Touched;
import chat.samara.wire.Refusal;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.frame.PeerFrameIn;
import chat.samara.wire.frame.PeerFrames;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.Ping;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** All links, and sending on them. A peer has at most one link that is ready. */
public final class Links {
    /** So long an unanswered sign is waited for, and then twice as long each time, or a peer that never answers would be asked without end. */
    private static final long SIGN_AGAIN_MILLIS_MIN = 30_000;

    /** For a sign of life, which says all that it has to say by coming. */
    private static final Answers NOBODY_WAITS = new Answers() {
        @Override
        public void answered(PeerFrameIn answer) {
            // That anything came is all that matters, and is noted for every frame.
        }

        @Override
        public void refused(Refusal why) {
            // That, too.
        }

        @Override
        public void lost(Refusal why) {
            // A silent link is closed when it has been silent for long enough.
        }
    };

    private final Journal journal;
    private final Map<LinkId, Link> links = new TreeMap<>();
    private final Map<ServerName, Link> ready = new TreeMap<>();

    /** Requests that the work under way has made: they leave with it, or not at all. */
    private final Touched<Request> asked;

    /** Links that the work under way closes. */
    private final Touched<LinkId> closed;

    /** Of work that was undone: who waits for answers to requests that never leave. */
    private final Deque<Answers> unsent = new ArrayDeque<>();

    /** Of work that was undone: links that it closed, of which the driver was never told. */
    private final SortedSet<LinkId> stillOpen = new TreeSet<>();

    private record Request(LinkId link, long number) implements Comparable<Request> {
        @Override
        public int compareTo(Request other) {
            int byLink = link.compareTo(other.link);
            return byLink != 0 ? byLink : Long.compare(number, other.number);
        }
    }

    public Links(Journal journal) {
        this.journal = journal;
        this.asked = new Touched<>(journal);
        this.closed = new Touched<>(journal);
    }

    void add(Link link) {
        links.put(link.id(), link);
    }

    Optional<Link> find(LinkId id) {
        return Optional.ofNullable(links.get(id));
    }

    int count() {
        return links.size();
    }

    /** How many peers have a link that is ready. */
    public int readyCount() {
        return ready.size();
    }

    List<Link> all() {
        return List.copyOf(links.values());
    }

    /** The link that has had the most time to prove who is at its other end. */
    Optional<Link> eldestUnproved() {
        return links.values().stream()
                .filter(link -> link.peer().isEmpty() && !(link.state() instanceof Link.State.Closing))
                .findFirst();
    }

    /** Whether frames can be sent to the peer. */
    public boolean isUp(ServerName peer) {
        return ready.containsKey(peer);
    }

    /** The peers that frames can be sent to, by name. */
    public List<ServerName> up() {
        return List.copyOf(ready.keySet());
    }

    Optional<Link> ready(ServerName peer) {
        return Optional.ofNullable(ready.get(peer));
    }

    void setReady(ServerName peer, Link link) {
        ready.put(peer, link);
    }

    /** The driver says that the connection is gone. Returns the link, if there was one. */
    Optional<Link> remove(LinkId id) {
        return Optional.ofNullable(links.remove(id));
    }

    /** The link is no longer used, and who waits for something on it is told. */
    void retire(Link link, Contained contained) {
        link.retired(link.peer().isPresent() && ready.remove(link.peer().get(), link));
        Refusal gone = Refusal.of(ErrorCode.PEER_UNREACHABLE, "the link to the other server is gone; try again later");
        for (Optional<Answers> next = link.giveUp(); next.isPresent(); next = link.giveUp()) {
            Answers answers = next.get();
            contained.run("an answer that does not come", () -> answers.lost(gone));
        }
    }

    /** The work under way was undone: the requests that it made never leave, nor does what closes a link. */
    void undone() {
        for (Request request : asked.takeUndone()) {
            find(request.link()).flatMap(link -> link.giveUp(request.number())).ifPresent(unsent::add);
        }
        stillOpen.addAll(closed.takeUndone());
    }

    /** Tells who waits for an answer to what never left, or they would wait for minutes. Returns the links that are still to be closed. */
    SortedSet<LinkId> afterUndone(Contained contained) {
        Refusal why = Refusal.of(ErrorCode.PEER_UNREACHABLE, "the request did not leave; try again later");
        for (Answers next = unsent.poll(); next != null; next = unsent.poll()) {
            Answers answers = next;
            contained.run("a request that did not leave", () -> answers.lost(why));
        }
        SortedSet<LinkId> left = new TreeSet<>(stillOpen);
        stillOpen.clear();
        return left;
    }

    /** Sends a push, once what was written so far is durable; nothing happens if the peer has no link. */
    public void push(ServerName peer, PeerFrame.Builder body) {
        ready(peer).ifPresent(link -> {
            link.sent(journal.monotonicMillis());
            journal.emit(frame(link, 0, false, body));
        });
    }

    /** As {@link #push} of a SubmitRecords with these records, each an encoded {@code samara.v1.SignedRecord}. */
    public void pushRecords(ServerName peer, List<Bytes> records) {
        ready(peer).ifPresent(link -> {
            link.sent(journal.monotonicMillis());
            journal.emit(new Effect.SendToLink(link.id(), PeerFrames.submitRecords(records)));
        });
    }

    /** Whether a request to the peer would leave now. */
    public boolean hasRoomForRequest(ServerName peer) {
        return ready(peer).filter(Link::hasRoomForRequest).isPresent();
    }

    /** Sends a request, once what was written so far is durable. Exactly one of the methods of {@code answers} is called. */
    public void request(ServerName peer, PeerFrame.Builder body, Answers answers) {
        request(peer, body, false, answers);
    }

    /**
     * The same of something whose answer may be so large, or stand behind so many others, that on a slow line it takes minutes: it is waited for until something
     * that was asked later is answered. To ask again would make the line slower still.
     */
    public void requestPatiently(ServerName peer, PeerFrame.Builder body, Answers answers) {
        request(peer, body, true, answers);
    }

    private void request(ServerName peer, PeerFrame.Builder body, boolean isPatient, Answers answers) {
        Optional<Link> link = ready(peer);
        if (link.isEmpty()) {
            answers.lost(Refusal.of(
                    ErrorCode.PEER_UNREACHABLE, peer + " cannot be reached just now; try again later", peer.value()));
        } else if (!link.get().hasRoomForRequest()) {
            answers.lost(Refusal.limitReached(
                    "too many requests to " + peer + " are under way; try again later",
                    "requests<=" + Limits.REQUESTS_PER_LINK_MAX,
                    1000));
        } else {
            link.get().sent(journal.monotonicMillis());
            journal.emit(frame(link.get(), begin(link.get(), answers, isPatient), false, body));
        }
    }

    private long begin(Link link, Answers answers, boolean isPatient) {
        long number = link.begin(answers, isPatient, journal.monotonicMillis());
        asked.add(new Request(link.id(), number));
        return number;
    }

    /** Answers a request, once what was written so far is durable. */
    void answer(Link link, long requestId, PeerFrame.Builder body) {
        link.sent(journal.monotonicMillis());
        journal.emit(frame(link, requestId, true, body));
    }

    /**
     * As {@link #answer}.
     *
     * @param entries an encoded {@code samara.v1.Entries}: what was encoded is not decoded and encoded again
     */
    void answerEntries(Link link, long requestId, Bytes entries) {
        link.sent(journal.monotonicMillis());
        journal.emit(new Effect.SendToLink(link.id(), PeerFrames.entriesAnswer(requestId, entries)));
    }

    /** Tells why, and closes. */
    void close(Link link, Refusal why) {
        if (!(link.state() instanceof Link.State.Closing)) {
            cut(link, why);
            retire(link, (what, work) -> work.run());
        }
    }

    /** Tells the other side why, and the driver that it is to close the link. */
    void cut(Link link, Refusal why) {
        closed.add(link.id());
        journal.emitNow(frame(link, 0, false, PeerFrame.newBuilder().setError(why.toProto())));
        journal.emitNow(new Effect.CloseLink(link.id(), why.toString()));
    }

    /** Whether the peer has answered something that it was asked after this time: then it has had all that was sent to it before. */
    public boolean hasAnsweredWhatWasAskedAfter(ServerName peer, long monotonicMillis) {
        return ready(peer)
                .filter(link -> link.answeredAskedAtMillis() > monotonicMillis)
                .isPresent();
    }

    /** Asks the peer for a sign of life, unless that is under way. */
    public void askForSign(ServerName peer) {
        ready(peer)
                .filter(link -> mayAskForSign(link, journal.monotonicMillis()))
                .ifPresent(this::ping);
    }

    private static boolean mayAskForSign(Link link, long now) {
        long unansweredMillis = link.pingedAtMillis() - link.answeredAskedAtMillis();
        return unansweredMillis <= 0
                || now - link.pingedAtMillis() >= Math.max(SIGN_AGAIN_MILLIS_MIN, unansweredMillis);
    }

    /**
     * Lets the peer hear something. Whatever is heard of the peer, and however long it takes to answer: while something large of it is on its way
     * here, it hears nothing else.
     */
    void keepAlive(Link link) {
        sendPing(link, link.nextRequestId());
    }

    private void sendPing(Link link, long number) {
        link.sent(journal.monotonicMillis());
        journal.emitNow(frame(link, number, false, PeerFrame.newBuilder().setPing(Ping.getDefaultInstance())));
    }

    private void ping(Link link) {
        link.pinged(journal.monotonicMillis());
        long number = begin(link, NOBODY_WAITS, true);
        sendPing(link, number);
    }

    /** Gives up requests that got no answer in time: see {@link Link#expire}. */
    void expire(long beforeMillis, long patientBeforeMillis, Contained contained) {
        Refusal late =
                Refusal.of(ErrorCode.PEER_UNREACHABLE, "the other server did not answer in time; try again later");
        for (Link link : new ArrayList<>(links.values())) {
            for (Answers answers : link.expire(beforeMillis, patientBeforeMillis)) {
                contained.run("an answer that is late", () -> answers.lost(late));
            }
        }
    }

    static Effect.SendToLink frame(Link link, long requestId, boolean answer, PeerFrame.Builder body) {
        return new Effect.SendToLink(
                link.id(),
                Protobuf.encode(body.setRequestId(requestId).setAnswer(answer).build()));
    }
}
