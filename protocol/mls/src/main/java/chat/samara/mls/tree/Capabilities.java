package chat.samara.mls.tree;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.RequiredCapabilities;
import java.util.List;

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
     * always among them.
     */
    public static Capabilities of(List<Integer> extensions, List<Integer> credentials) {
        for (int type : extensions) {
            if (Extension.isDefaultType(type)) {
                throw new IllegalArgumentException("extension type " + type + ", expected none that is default");
            }
        }
        List<Integer> suites = CipherSuite.all().stream().map(CipherSuite::code).toList();
        List<Integer> allCredentials = new java.util.ArrayList<>(credentials);
        if (!allCredentials.contains(Credential.BASIC)) {
            allCredentials.add(0, Credential.BASIC);
        }
        return new Capabilities(List.of(MLS10), suites, extensions, List.of(), allCredentials);
    }

    public static Capabilities readFrom(TlsReader reader) throws MlsException {
        return new Capabilities(
                reader.vector16(), reader.vector16(), reader.vector16(), reader.vector16(), reader.vector16());
    }

    /** Whether the extension type is listed or default. */
    public boolean supportsExtension(int type) {
        return Extension.isDefaultType(type) || extensions.contains(type);
    }

    /** Whether the proposal type is listed or default. */
    public boolean supportsProposal(int type) {
        return (type >= 1 && type <= LAST_DEFAULT_PROPOSAL) || proposals.contains(type);
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
