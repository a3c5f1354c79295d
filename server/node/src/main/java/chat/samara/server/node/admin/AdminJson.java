package chat.samara.server.node.admin;

import chat.samara.server.core.Figures;
import chat.samara.server.core.Limits;
import chat.samara.server.core.MemberQuota;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.wire.identity.Fingerprint;
import chat.samara.wire.identity.ServerAddress;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;

/** The core's answers as JSON; what scripts of operators read, so fields are added and not renamed. */
final class AdminJson {
    private AdminJson() {}

    /** @param libraries what a status says of them */
    static JsonObject of(AdminResult result, Libraries libraries) {
        JsonObject json = new JsonObject();
        if (result instanceof AdminResult.InviteCreated invite) {
            json.addProperty("link", invite.link().format());
        } else if (result instanceof AdminResult.OwnPeerLink peer) {
            json.addProperty("link", peer.link().format());
        } else if (result instanceof AdminResult.Invites invites) {
            json.add("invites", invites(invites.invites()));
        } else if (result instanceof AdminResult.Peers peers) {
            json.add("peers", peers(peers.peers()));
        } else if (result instanceof AdminResult.Status status) {
            addStatus(json, status);
            json.addProperty("signatures", libraries.signatures());
            json.addProperty("network", libraries.network());
        } else if (result instanceof AdminResult.Refused refused) {
            json.addProperty("error", refused.refusal().code().name());
            json.addProperty("reason", refused.refusal().reason());
        }
        return json;
    }

    static JsonObject error(String code, String reason) {
        JsonObject json = new JsonObject();
        json.addProperty("error", code);
        json.addProperty("reason", reason);
        return json;
    }

    private static JsonArray invites(List<AdminResult.Invite> invites) {
        JsonArray array = new JsonArray();
        for (AdminResult.Invite invite : invites) {
            JsonObject json = new JsonObject();
            json.addProperty("uses_left", invite.usesLeft());
            json.addProperty("uses", invite.uses());
            json.addProperty("expires_at_millis", invite.expiresAtMillis());
            json.addProperty("note", invite.note());
            array.add(json);
        }
        return array;
    }

    private static JsonArray peers(List<AdminResult.Peer> peers) {
        JsonArray array = new JsonArray();
        for (AdminResult.Peer peer : peers) {
            JsonObject json = new JsonObject();
            json.addProperty("name", peer.name().value());
            json.addProperty("root_key", Fingerprint.of(peer.rootKey()));
            json.add("addresses", addresses(peer.addresses()));
            json.addProperty("link_up", peer.linkUp());
            json.addProperty("shared_channels", peer.sharedChannels());
            json.addProperty("problem", peer.problem());
            array.add(json);
        }
        return array;
    }

    private static JsonArray addresses(List<ServerAddress> addresses) {
        JsonArray array = new JsonArray();
        addresses.forEach(address -> array.add(address.toString()));
        return array;
    }

    private static JsonObject limits(MemberQuota ofMember, int hubMebibytesPerDay) {
        MemberQuota ofPeer = ofMember.times(Limits.PEER_QUOTA_MEMBERS);
        JsonObject json = new JsonObject();
        json.addProperty("member_records_per_day", ofMember.recordsPerDay());
        json.addProperty("member_mebibytes_per_day", ofMember.mebibytesPerDay());
        json.addProperty("member_channels_per_day", ofMember.channelsPerDay());
        json.addProperty("peer_records_per_day", ofPeer.recordsPerDay());
        json.addProperty("peer_mebibytes_per_day", ofPeer.mebibytesPerDay());
        json.addProperty("hub_mebibytes_per_day", hubMebibytesPerDay);
        return json;
    }

    private static void addStatus(JsonObject json, AdminResult.Status status) {
        json.addProperty("name", status.name().value());
        json.addProperty("root_key", Fingerprint.of(status.rootKey()));
        json.addProperty("accounts", status.accounts());
        json.addProperty("channels", status.channels());
        Figures figures = status.figures();
        json.addProperty("devices_online", figures.devicesOnline());
        json.addProperty("peers", figures.peers());
        json.addProperty("links_up", figures.linksUp());
        json.addProperty("outbox_records", figures.outboxRecords());
        json.addProperty("accepting", figures.acceptingSubmissions());
        json.add("limits", limits(status.quota(), status.hubMebibytesPerDay()));
        JsonArray warnings = new JsonArray();
        status.warnings().forEach(warnings::add);
        json.add("warnings", warnings);
    }
}
