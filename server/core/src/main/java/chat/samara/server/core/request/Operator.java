package chat.samara.server.core.request;

import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Disk;
import chat.samara.server.core.Figures;
import chat.samara.server.core.Limits;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.account.Accounts;
import chat.samara.server.core.account.Invites;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.core.channel.ChannelService;
import chat.samara.server.core.peer.LinkEvents;
import chat.samara.server.core.peer.Peers;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.PeerLink;
import chat.samara.wire.proto.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Carries out what the operator asks. */
public final class Operator {
    private final ServerIdentity identity;
    private final CoreConfig config;
    private final Disk disk;
    private final Accounts accounts;
    private final Invites invites;
    private final Peers peers;
    private final LinkEvents linkEvents;
    private final ChannelService channels;
    private final Supplier<Figures> figures;

    public Operator(
            ServerIdentity identity,
            CoreConfig config,
            Disk disk,
            Accounts accounts,
            Invites invites,
            Peers peers,
            LinkEvents linkEvents,
            ChannelService channels,
            Supplier<Figures> figures) {
        this.identity = identity;
        this.config = config;
        this.disk = disk;
        this.accounts = accounts;
        this.invites = invites;
        this.peers = peers;
        this.linkEvents = linkEvents;
        this.channels = channels;
        this.figures = figures;
    }

    /** Carries out one command. */
    public AdminResult handle(AdminCommand command) {
        try {
            return carryOut(command);
        } catch (RefusedException e) {
            return new AdminResult.Refused(e.refusal());
        }
    }

    private AdminResult carryOut(AdminCommand command) throws RefusedException {
        if (command instanceof AdminCommand.CreateInvite it) {
            return new AdminResult.InviteCreated(invites.create(it.uses(), it.validMillis(), it.note()));
        }
        if (command instanceof AdminCommand.ListInvites) {
            return new AdminResult.Invites(invites.live());
        }
        if (command instanceof AdminCommand.RevokeInvite it) {
            invites.revoke(it.token());
            return new AdminResult.Done();
        }
        if (command instanceof AdminCommand.ShowPeerLink) {
            return new AdminResult.OwnPeerLink(ownLink());
        }
        if (command instanceof AdminCommand.AddPeer it) {
            peers.add(it.link());
            return new AdminResult.Done();
        }
        if (command instanceof AdminCommand.RemovePeer it) {
            linkEvents.remove(it.peer());
            return new AdminResult.Done();
        }
        if (command instanceof AdminCommand.ListPeers) {
            return new AdminResult.Peers(peers.list(channels::shared));
        }
        return status();
    }

    private PeerLink ownLink() throws RefusedException {
        if (identity.manifest().addresses().isEmpty()) {
            throw RefusedException.of(
                    ErrorCode.MALFORMED, "this server has no address to put into a link; start it with --advertise");
        }
        return new PeerLink(identity.manifest().addresses(), identity.name(), identity.rootPublicKey());
    }

    private AdminResult status() {
        Figures now = figures.get();
        List<String> warnings = new ArrayList<>();
        if (!disk.acceptsSubmissions()) {
            warnings.add(disk.sentence());
        }
        warnings.addAll(channels.slowedSentences(Limits.SLOWED_HUBS_TOLD_MAX));
        if (now.channelsFrozen() > 0) {
            warnings.add(now.channelsFrozen() + " channels were stopped since the start; see the log");
        }
        warnings.addAll(channels.evidenceSentences(Limits.EVIDENCE_FULL_TOLD_MAX));
        warnings.addAll(channels.setAsideSentences(Limits.SET_ASIDE_TOLD_MAX));
        if (now.channelsSetAside() > Limits.SET_ASIDE_TOLD_MAX) {
            warnings.add(now.channelsSetAside() + " channels are set aside in all; the log names them");
        }
        warnings.addAll(peers.warnings());
        warnings.addAll(channels.formerPeerSentences(Limits.FORMER_PEERS_TOLD_MAX));
        channels.askingSentence().ifPresent(warnings::add);
        invites.voidedSentence().ifPresent(warnings::add);
        warnings.addAll(channels.usedUpSentences(Limits.USED_UP_TOLD_MAX));
        warnings.addAll(channels.heldSentences(Limits.HELD_TOLD_MAX));
        if (now.channelsHeld() > Limits.HELD_TOLD_MAX) {
            warnings.add(now.channelsHeld() + " channels are held in all; the log names them");
        }
        warnings.addAll(channels.unknownSentences(Limits.UNKNOWN_CHANNELS_TOLD_MAX));
        if (now.faults() > 0) {
            warnings.add(now.faults() + " events met a bug since the start; see the log");
        }
        return new AdminResult.Status(
                identity.name(),
                identity.rootPublicKey(),
                accounts.count(),
                channels.count(),
                now,
                config.memberQuota(),
                config.hubMebibytesPerDay(),
                warnings);
    }
}
