"""The institutional mailbox: what people write to the official address becomes a message or a reply (S1-2, S4-5).

    accounts.py  which mailboxes there are (VENTANILLA_IMAP), and how one is opened
    fetching.py  a job: takes each message over, raw, in one transaction with how far the mailbox was read
    watching.py  a thread a mailbox: IDLE, where the server has it, only wakes that job earlier
    parsing.py   from bytes to what was written, whatever the bytes are; folding.py: quotes and signatures put aside
    kinds.py     what is no letter of a person: answers of machines, our own mail, lists (RFC 3834)
    reading.py   a job for each message: a bounce, a reply to a case or thread, or a new message, in one transaction

The server is never told to delete; a message is marked as seen once it is on disk here.
"""
