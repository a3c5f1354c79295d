package chat.samara.client.device;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.device.LiveChannel.ClaimState;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredIntent;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.proto.ClaimKeyPackages;
import chat.samara.wire.proto.ClaimedKeyPackage;
import chat.samara.wire.proto.ClaimedKeyPackages;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ErrorCode;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Claims the KeyPackages by which an intent adds a member, checks them, and says what helps where there are none. */
final class Claims {
    private static final int CLAIM_ID_BYTES = 16;

    private final EngineConfig config;
    private final RandomSource random;
    private final Link link;
    private final GroupVault vault;
    private final Intents intents;

    Claims(EngineConfig config, RandomSource random, Link link, GroupVault vault, Intents intents) {
        this.config = config;
        this.random = random;
        this.link = link;
        this.vault = vault;
        this.intents = intents;
    }

    void claim(Turn turn, LiveChannel channel, long number, StoredIntent intent) {
        if (!link.isOnline()) {
            return;
        }
        StoredIntent claiming = intent;
        if (intent.getClaimId().isEmpty()) {
            claiming = intent.toBuilder()
                    .setClaimId(ByteString.copyFrom(random.bytes(CLAIM_ID_BYTES)))
                    .build();
            Intents.write(turn, channel, number, claiming);
        }
        Intents.claim(channel, number).underWay = true;
        link.request(
                turn,
                ClientFrame.newBuilder()
                        .setClaimKeyPackages(ClaimKeyPackages.newBuilder()
                                .setUserId(claiming.getAdd())
                                .setCipherSuite(channel.genesis().cipherSuite())
                                .setClaimId(claiming.getClaimId())),
                new Pending.Claim(channel.id(), number));
    }

    void claimed(Turn turn, LiveChannel channel, OwnIdentity own, long number, ClaimedKeyPackages answer) {
        channel.changes().claims.remove(number);
        Dispatch.diskHasRoom(turn, channel);
        turn.touch(channel);
        StoredIntent intent = channel.intents().get(number);
        if (intent == null || !intent.hasAdd() || Intents.isDone(intent)) {
            return;
        }
        UserId member = HistoryBook.user(intent.getAdd());
        DueClaims.answered(channel, member.server(), member.server().equals(own.server()), true);
        if (answer.getKeyPackagesCount() == 0) {
            hasNone(turn, channel, number, intent);
            return;
        }
        ClaimedDevices devices =
                new ClaimedDevices(member, channel.genesis().cipherSuite(), turn.wallMillis(), vault.environment());
        StoredIntent.Builder row = intent.toBuilder();
        List<Bytes> identityKeys = new ArrayList<>();
        Optional<Refusal> problem = Optional.empty();
        for (ClaimedKeyPackage claimed : answer.getKeyPackagesList()) {
            try {
                KeyPackage checked = devices.check(claimed.getKeyPackage().toByteArray());
                identityKeys.add(devices.certificate(checked).identityKey());
                row.addKeyPackages(claimed.getKeyPackage());
            } catch (RefusedKeyPackageException e) {
                problem = Optional.of(refusal(member, e));
            }
            if (row.getKeyPackagesCount() == Limits.DEVICES_PER_MEMBER_MAX) {
                break;
            }
        }
        if (row.getKeyPackagesCount() > 0) {
            problem = Pins.admit(turn, member, identityKeys);
        }
        if (problem.isPresent()) {
            intents.settle(turn, channel, number, OptionalLong.empty(), problem);
        } else {
            Intents.write(turn, channel, number, row.build());
            gather(turn, channel);
        }
    }

    /** Others that are about to have their KeyPackages go into the same commit. */
    private static void gather(Turn turn, LiveChannel channel) {
        if (channel.changes().gathersSinceMillis == 0) {
            channel.changes().gathersSinceMillis = turn.monotonicMillis();
        }
        channel.changes().gathersUntilMillis = Math.min(
                turn.monotonicMillis() + Limits.GATHERING_MILLIS,
                channel.changes().gathersSinceMillis + Limits.GATHERING_MILLIS_MAX);
    }

    /**
     * Whoever was asked for with many others waits until they have some: nobody asks again for each of them. That it is asked for again counts as no attempt:
     * a device that runs for a moment at a time does so at each start.
     */
    private void hasNone(Turn turn, LiveChannel channel, long number, StoredIntent intent) {
        Refusal why = noKeyPackage(channel, intent.getAdd());
        if (intent.getAwaitsKeys()) {
            Intents.write(
                    turn, channel, number, intent.toBuilder().clearClaimId().build());
            ClaimState claim = Intents.claim(channel, number);
            claim.failure = Optional.of(why);
            claim.notBeforeMillis = turn.monotonicMillis() + Limits.NO_KEYS_RETRY_MILLIS;
        } else {
            intents.settle(turn, channel, number, OptionalLong.empty(), Optional.of(why));
        }
    }

    static Refusal refusal(UserId member, RefusedKeyPackageException refused) {
        String sentence = String.valueOf(refused.getMessage());
        return refused.isWrongClock()
                ? new Refusal(RefusalCode.CLOCK_WRONG, sentence)
                : new Refusal(
                        RefusalCode.INVALID_KEY_PACKAGE, "no KeyPackage of " + member + " can be used: " + sentence);
    }

    void claimFailed(Turn turn, LiveChannel channel, OwnIdentity own, long number, chat.samara.wire.Refusal refusal) {
        turn.touch(channel);
        StoredIntent intent = channel.intents().get(number);
        if (intent == null || Intents.isDone(intent)) {
            channel.changes().claims.remove(number);
            return;
        }
        UserId member = HistoryBook.user(intent.getAdd());
        // The own server passes on in the other's words what that one says.
        boolean isOfAnother = !member.server().equals(own.server());
        boolean isUnclear = isOfAnother && Refusal.of(refusal).code() == RefusalCode.PROTOCOL;
        Refusal why = isOfAnother ? ofAnother(member, refusal, isUnclear) : Refusal.of(refusal);
        ClaimState claim = Intents.claim(channel, number);
        claim.underWay = false;
        claim.failure = Optional.of(why);
        boolean passing = switch (refusal.code()) {
            case PEER_UNREACHABLE, LIMIT_REACHED, DISK_FULL, SHUTTING_DOWN, INTERNAL -> true;
            default -> isUnclear;
        };
        if (refusal.code() == ErrorCode.DISK_FULL && !isOfAnother) {
            Dispatch.held(turn, channel, refusal);
        }
        DueClaims.answered(channel, member.server(), !isOfAnother, !passing);
        if (passing && intent.getAttempts() + 1 < config.changeAttemptsMax()) {
            intents.retryLater(turn, channel, number, intent, refusal.retryAfterMillis());
        } else {
            boolean none = refusal.code() == ErrorCode.NO_KEY_PACKAGE;
            if (none && refusal.detail().equals(chat.samara.wire.Refusal.DETAIL_CLOCK)) {
                intents.settle(turn, channel, number, OptionalLong.empty(), Optional.of(wrongClock(intent.getAdd())));
                return;
            }
            if (none) {
                hasNone(turn, channel, number, intent);
            } else {
                intents.settle(turn, channel, number, OptionalLong.empty(), Optional.of(why));
            }
        }
    }

    /** Which server it is stands in the member's name, whatever is said of it. */
    private static Refusal ofAnother(UserId member, chat.samara.wire.Refusal refusal, boolean isUnclear) {
        if (refusal.code() == ErrorCode.PEER_UNREACHABLE) {
            return new Refusal(
                    RefusalCode.PEER_UNREACHABLE,
                    "your server cannot reach " + member.server() + " just now, which keeps the keys of " + member);
        } else if (isUnclear) {
            return new Refusal(
                    RefusalCode.PEER_UNREACHABLE,
                    member.server() + ", which keeps the keys of " + member + ", does not give them just now ("
                            + Refusal.of(refusal).sentence()
                            + "); try again later, and if it stays so, tell its operator");
        } else if (refusal.code() == ErrorCode.DISK_FULL) {
            return new Refusal(
                    RefusalCode.SERVER_DISK_FULL,
                    "the disk of " + member.server() + ", which keeps the keys of " + member + ", is nearly full");
        }
        return Refusal.of(refusal);
    }

    /** Every device has some of the standard suite once it was online; one of an older version none of a newer suite. */
    private static Refusal noKeyPackage(LiveChannel channel, String member) {
        String none = member + "'s server has no KeyPackage of theirs for this channel: " + member
                + " has not been online since joining, or not for months";
        String remedy = "ask them to open Samara once";
        String sentence = channel.genesis().cipherSuite()
                        == ChannelSuite.STANDARD.cipherSuite().code()
                ? none + "; " + remedy
                : String.format(
                        "%s, or only with a version of Samara that does not know its cipher suite 0x%04x%s; %s, with a newer one",
                        none,
                        channel.genesis().cipherSuite(),
                        channel.state().isPostQuantum() ? " (post-quantum)" : "",
                        remedy);
        return new Refusal(RefusalCode.NO_KEY_PACKAGE, sentence);
    }

    private static Refusal wrongClock(String member) {
        return new Refusal(
                RefusalCode.CLOCK_WRONG,
                "the clock of " + member
                        + "'s device is wrong: its server does not take its keys, which are not valid now;"
                        + " it has to be set right and to connect once");
    }
}
