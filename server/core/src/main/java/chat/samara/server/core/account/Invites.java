package chat.samara.server.core.account;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.server.core.Limits;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.admin.AdminResult.Invite;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.store.proto.StoredInvite;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.proto.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes invites, and lets those in who hold a good one. */
public final class Invites {
    private static final Logger LOG = LoggerFactory.getLogger(Invites.class);

    /** For how long after its end an invite is remembered, to say that it has expired. */
    static final long REMEMBERED_MILLIS = 30L * 24 * 3600 * 1000;

    private final ServerIdentity identity;
    private final Journal journal;
    private final RandomSource random;
    private final InviteTable table;

    /** How many were voided at this start. */
    private int voided;

    public Invites(ServerIdentity identity, Journal journal, RandomSource random) {
        this.identity = identity;
        this.journal = journal;
        this.random = random;
        this.table = new InviteTable(journal);
    }

    /** Makes an invite; the bounds are those of {@code AdminCommand.CreateInvite}. */
    public InviteLink create(int uses, long validMillis, String note) throws RefusedException {
        requireWithin("uses", uses, Limits.INVITE_USES_MAX);
        requireWithin("validMillis", validMillis, Limits.INVITE_VALID_MILLIS_MAX);
        requireWithin("note characters", note.length() + 1L, Limits.NOTE_CHARS_MAX + 1L);
        if (identity.manifest().addresses().isEmpty()) {
            throw RefusedException.of(
                    ErrorCode.MALFORMED, "this server has no address to put into an invite; start it with --advertise");
        }
        if (live().size() >= Limits.INVITES_MAX) {
            throw Refusal.limitReached(
                            "there are " + Limits.INVITES_MAX + " live invites; revoke some",
                            "invites<=" + Limits.INVITES_MAX,
                            0)
                    .asException();
        }
        Bytes token = Bytes.wrapUnsafe(random.bytes(InviteLink.TOKEN_BYTES));
        long now = journal.nowMillis();
        table.put(
                token,
                StoredInvite.newBuilder()
                        .setUses(uses)
                        .setUsesLeft(uses)
                        .setExpiresAtMillis(now + validMillis)
                        .setCreatedAtMillis(now)
                        .setNote(note)
                        .build());
        return new InviteLink(identity.manifest().addresses(), identity.name(), identity.rootPublicKey(), token);
    }

    /** All that still let somebody in, by token. */
    public List<Invite> live() {
        List<Invite> invites = new ArrayList<>();
        table.all().forEach((token, invite) -> {
            if (invite.getUsesLeft() > 0 && invite.getExpiresAtMillis() > journal.nowMillis()) {
                invites.add(new Invite(
                        token, invite.getUsesLeft(), invite.getUses(), invite.getExpiresAtMillis(), invite.getNote()));
            }
        });
        return invites;
    }

    /**
     * The operator says that the store is an older copy: of what lets somebody in there, some may have been used since, and whoever has seen such a link
     * could take the name of the member whom it let in. None of them does any more.
     */
    public void restored() {
        List<Invite> open = live();
        open.forEach(invite -> table.delete(invite.token()));
        voided = open.size();
        voidedSentence().ifPresent(LOG::warn);
    }

    /** What {@link #restored} has done, for the operator; empty if there was nothing to do. */
    public Optional<String> voidedSentence() {
        return voided == 0
                ? Optional.empty()
                : Optional.of("--restored: " + (voided == 1 ? "1 invite" : voided + " invites")
                        + " of the older copy let nobody in any more, since they may have been used after it was made;"
                        + " make new ones for those who have not joined");
    }

    /** Makes an invite useless. */
    public void revoke(Bytes token) {
        table.delete(token);
    }

    /** Refuses a token that lets nobody in, saying why. */
    void requireGood(Bytes token) throws RefusedException {
        Optional<StoredInvite> invite = table.find(token);
        if (invite.isEmpty()) {
            throw invalid("this invite is not known to " + identity.name() + ", or was revoked", "unknown");
        }
        if (invite.get().getUsesLeft() == 0) {
            int uses = invite.get().getUses();
            throw invalid(
                    uses == 1
                            ? "this invite has been used already"
                            : "this invite has been used " + uses + " times, which is all it was made for",
                    "used-up");
        }
        if (invite.get().getExpiresAtMillis() <= journal.nowMillis()) {
            throw invalid("this invite has expired", "expired");
        }
    }

    /** Takes one use from an invite that was found good. */
    void use(Bytes token) {
        StoredInvite invite = table.find(token)
                .orElseThrow(() -> new IllegalStateException("no invite to use, expected one that was found good"));
        table.put(
                token, invite.toBuilder().setUsesLeft(invite.getUsesLeft() - 1).build());
    }

    /** Deletes what nobody needs any more. */
    public void prune() {
        table.sweep(journal.nowMillis() - REMEMBERED_MILLIS, Limits.ROWS_SWEPT_PER_ROUND_MAX);
    }

    private static RefusedException invalid(String reason, String detail) {
        return RefusedException.of(
                ErrorCode.INVITE_INVALID, reason + "; ask the operator or whoever invited you for a new one", detail);
    }

    private static void requireWithin(String name, long value, long max) throws RefusedException {
        if (value < 1 || value > max) {
            throw RefusedException.of(
                    ErrorCode.MALFORMED, name + " is " + value + ", expected 1 to " + max, name + "<=" + max);
        }
    }
}
