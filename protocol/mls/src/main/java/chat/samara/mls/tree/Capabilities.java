package chat.samara.mls.tree;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.Grease;
import chat.samara.mls.extension.RequiredCapabilities;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * {@code Capabilities} (RFC 9420 §7.2): what a client supports, by code point. Default extension and proposal types are not
 * listed; unknown values (GREASE among them) are carried and ignored.
 */
public record Capabilities(
        List<Integer> versions,
        List<Integer> cipherSuites,
        List<Integer> extensions,
        List<Integer> proposals,
        List<Integer> credentials)
        implements TlsEncodable {
    /** {@code mls10}. */
    public static final int MLS10 = 1;

    /** {@code last_resort_key_package} of draft-ietf-mls-extensions: a KeyPackage that may be used more than once. */
    public static final int LAST_RESORT_EXTENSION = 0x000a;

    private static final int LAST_DEFAULT_PROPOSAL = 0x0007;

    public Capabilities {
        versions = List.copyOf(versions);
        cipherSuites = List.copyOf(cipherSuites);
        extensions = List.copyOf(extensions);
        proposals = List.copyOf(proposals);
        credentials = List.copyOf(credentials);
    }

    /**
     * What this library supports by itself, with the application's own extension and credential types. A basic credential is
     * always among them, and the mark of a KeyPackage of last resort.
     */
    public static Capabilities of(List<Integer> extensions, List<Integer> credentials) {
        return of(CipherSuite.all(), extensions, credentials);
    }

    /** As {@link #of(List, List)}, for an application that takes part in groups of these suites only. */
    public static Capabilities of(List<CipherSuite> cipherSuites, List<Integer> extensions, List<Integer> credentials) {
        for (int type : extensions) {
            if (Extension.isDefaultType(type)) {
                throw new IllegalArgumentException("extension type " + type + ", expected none that is default");
            }
        }
        List<Integer> suites = cipherSuites.stream().map(CipherSuite::code).toList();
        return new Capabilities(
                List.of(MLS10),
                suites,
                union(List.of(LAST_RESORT_EXTENSION), extensions),
                List.of(),
                union(List.of(Credential.BASIC), credentials));
    }

    /**
     * The same with proposal types that are not default: the application's own (RFC 9420 §17.4), or {@code
     * Proposal.SELF_REMOVE}.
     */
    public Capabilities withProposals(List<Integer> types) {
        for (int type : types) {
            if (isDefaultProposal(type)) {
                throw new IllegalArgumentException("proposal type " + type + ", expected none that is default");
            }
        }
        return new Capabilities(versions, cipherSuites, extensions, union(proposals, types), credentials);
    }

    /**
     * The same with a random GREASE value in each list that takes them (RFC 9420 §13.5): others that stumble over what they do not
     * know show it early. Only for sending: what a client supports itself is asked of the ones without.
     */
    public Capabilities withGrease(RandomSource random) {
        return new Capabilities(
                versions,
                union(cipherSuites, List.of(Grease.value(random))),
                union(extensions, List.of(Grease.value(random))),
                union(proposals, List.of(Grease.value(random))),
                union(credentials, List.of(Grease.value(random))));
    }

    private static List<Integer> union(List<Integer> first, List<Integer> second) {
        return Stream.concat(first.stream(), second.stream()).distinct().toList();
    }

    public static Capabilities readFrom(TlsReader reader) throws MlsException {
        return new Capabilities(
                reader.vector16(), reader.vector16(), reader.vector16(), reader.vector16(), reader.vector16());
    }

    /** Whether the extension type is listed or default. */
    public boolean supportsExtension(int type) {
        return Extension.isDefaultType(type) || extensions.contains(type);
    }

    /** The type of an extension that is neither listed nor default, if there is one among these. */
    public Optional<Integer> firstUnsupported(List<Extension> carried) {
        // A set, since a hostile leaf may list and carry thousands.
        Set<Integer> listed = new HashSet<>(extensions);
        return carried.stream()
                .map(Extension::type)
                .filter(type -> !Extension.isDefaultType(type) && !listed.contains(type))
                .findFirst();
    }

    /** Whether the proposal type is listed or default. */
    public boolean supportsProposal(int type) {
        return isDefaultProposal(type) || proposals.contains(type);
    }

    /** Whether every client implements the proposal type and none lists it (RFC 9420 §7.2). */
    public static boolean isDefaultProposal(int type) {
        return type >= 1 && type <= LAST_DEFAULT_PROPOSAL;
    }

    /** Whether the credential type is listed: none is default. */
    public boolean supportsCredential(int type) {
        return credentials.contains(type);
    }

    /** Whether everything that is required is supported (RFC 9420 §7.3, §11.1). */
    public boolean supports(RequiredCapabilities required) {
        return required.extensions().stream().allMatch(this::supportsExtension)
                && required.proposals().stream().allMatch(this::supportsProposal)
                && required.credentials().stream().allMatch(this::supportsCredential);
    }

    @Override
    public void writeTo(TlsWriter writer) {
        writer.vector16(versions)
                .vector16(cipherSuites)
                .vector16(extensions)
                .vector16(proposals)
                .vector16(credentials);
    }
}
